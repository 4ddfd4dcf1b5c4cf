"""Shades what the rasteriser saw: skin, mouth, eyes and cloth under the studio's lamps, in linear light."""

import numba
import numpy as np

from emogene.corpus.appearance.anatomy import CLOTH, EYE, GUMS, SKIN_BACK, SKIN_FACE, TEETH
from emogene.corpus.appearance.light import GROUND, LAMPS, SKY
from emogene.corpus.appearance.mouth_and_eyes import EYE_TEXTURE_ANGLE, IRIS_ANGLE

_LAMP_DIRECTIONS = np.array([np.array(lamp.direction) / np.linalg.norm(lamp.direction) for lamp in LAMPS], np.float32)
_LAMP_COLOURS = np.array([lamp.colour for lamp in LAMPS], np.float32)
_LAMP_WIDTHS = np.array([1.0 / lamp.sharpness for lamp in LAMPS], np.float32)
_SKY, _GROUND = np.array(SKY, np.float32), np.array(GROUND, np.float32)


@numba.njit(cache=True, fastmath=True, inline="always")
def _smooth(x, low, high):  # pragma: no cover
    t = min(max((x - low) / (high - low), 0.0), 1.0)
    return t * t * (3.0 - 2.0 * t)


@numba.njit(cache=True, fastmath=True)
def _texel(textures, layer, u, v, wrap, out):  # pragma: no cover
    """Bilinear look-up of all eight channels into `out`."""
    size = textures.shape[1]
    if wrap:
        u, v = u - np.floor(u), v - np.floor(v)
    x, y = u * size - 0.5, v * size - 0.5
    ix, iy = int(np.floor(x)), int(np.floor(y))
    fx, fy = x - ix, y - iy
    if wrap:
        x0, x1, y0, y1 = ix % size, (ix + 1) % size, iy % size, (iy + 1) % size
    else:
        x0, y0 = min(max(ix, 0), size - 1), min(max(iy, 0), size - 1)
        x1, y1 = min(x0 + 1, size - 1), min(y0 + 1, size - 1)
    w00, w01, w10, w11 = (1 - fx) * (1 - fy), fx * (1 - fy), (1 - fx) * fy, fx * fy
    for k in range(8):
        out[k] = (
            textures[layer, y0, x0, k] * w00
            + textures[layer, y0, x1, k] * w01
            + textures[layer, y1, x0, k] * w10
            + textures[layer, y1, x1, k] * w11
        ) * np.float32(1.0 / 255.0)


@numba.njit(cache=True, fastmath=True, inline="always")
def _flat_light(x, y, z, light):  # pragma: no cover
    """Unshadowed diffuse light on a normal, all colours together."""
    value = 0.282095 * light[0] + 0.488603 * (y * light[1] + z * light[2] + x * light[3])
    value += 1.092548 * (x * y * light[4] + y * z * light[5] + x * z * light[7])
    value += 0.315392 * (3 * z * z - 1) * light[6] + 0.546274 * (x * x - y * y) * light[8]
    return max(value, 0.02)


@numba.njit(cache=True, fastmath=True)
def _gloss(nx, ny, nz, vx, vy, vz, roughness, f0, reach, out):  # pragma: no cover
    """Reflected light of all lamps and of the room: GGX, widened by the lamps' own size; `reach` is what gets here of each."""
    nv = max(nx * vx + ny * vy + nz * vz, 0.05)
    out[0] = out[1] = out[2] = 0.0
    for k in range(_LAMP_DIRECTIONS.shape[0]):
        lx, ly, lz = _LAMP_DIRECTIONS[k, 0], _LAMP_DIRECTIONS[k, 1], _LAMP_DIRECTIONS[k, 2]
        nl = nx * lx + ny * ly + nz * lz
        if nl <= 0.0 or reach[k] < 0.01:
            continue
        hx, hy, hz = lx + vx, ly + vy, lz + vz
        length = np.sqrt(hx * hx + hy * hy + hz * hz) + 1e-9
        nh = max((nx * hx + ny * hy + nz * hz) / length, 0.0)
        vh = max((vx * hx + vy * hy + vz * hz) / length, 0.0)
        alpha2 = roughness**4 + 0.25 * _LAMP_WIDTHS[k]
        spread = nh * nh * (alpha2 - 1.0) + 1.0
        distribution = alpha2 / (np.pi * spread * spread)
        fresnel = f0 + (1.0 - f0) * (1.0 - vh) ** 5
        half = 0.5 * (roughness * 0.5 + 0.5) ** 2
        visibility = 1.0 / (4.0 * (nl * (1 - half) + half) * (nv * (1 - half) + half))
        # A lobe's whole light is 2 pi / sharpness times its middle.
        strength = distribution * fresnel * visibility * nl * 2.0 * np.pi * _LAMP_WIDTHS[k] * reach[k]
        for c in range(3):
            out[c] += strength * _LAMP_COLOURS[k, c]
    rz = 2.0 * nv * nz - vz
    room = reach[_LAMP_DIRECTIONS.shape[0]] * (f0 + 0.5 * (max(1.0 - roughness, f0) - f0) * (1.0 - nv) ** 5)
    for c in range(3):
        out[c] += room * (_GROUND[c] + (_SKY[c] - _GROUND[c]) * (0.5 * rz + 0.5))


@numba.njit(cache=True, fastmath=True)
def _eye(
    px, py, pz, centre, gaze, nx, ny, nz, vx, vy, vz, to_world, shade, reach, textures, work, gloss, out
):  # pragma: no cover
    """One sample of an eyeball: canonical position, world normal and view; `shade` is the diffuse light there."""
    dx, dy, dz = px - centre[0], py - centre[1], pz - centre[2]
    length = np.sqrt(dx * dx + dy * dy + dz * dz)
    dx, dy, dz = dx / length, dy / length, dz / length
    # Into the frame of the turned eye: columns of `gaze` are its axes in the head.
    ex = gaze[0, 0] * dx + gaze[1, 0] * dy + gaze[2, 0] * dz
    ey = gaze[0, 1] * dx + gaze[1, 1] * dy + gaze[2, 1] * dz
    ez = gaze[0, 2] * dx + gaze[1, 2] * dy + gaze[2, 2] * dz
    angle = np.arccos(min(max(ez, -1.0), 1.0))
    side = np.sqrt(ex * ex + ey * ey) + 1e-9
    on_iris = 1.0 - _smooth(angle, 0.80 * IRIS_ANGLE, 1.08 * IRIS_ANGLE)
    # View in the eye's frame, for the parallax of the iris below the cornea.
    cx = to_world[0, 0] * vx + to_world[1, 0] * vy + to_world[2, 0] * vz
    cy = to_world[0, 1] * vx + to_world[1, 1] * vy + to_world[2, 1] * vz
    cz = to_world[0, 2] * vx + to_world[1, 2] * vy + to_world[2, 2] * vz
    wx = gaze[0, 0] * cx + gaze[1, 0] * cy + gaze[2, 0] * cz
    wy = gaze[0, 1] * cx + gaze[1, 1] * cy + gaze[2, 1] * cz
    tx = ex / side * angle - 0.07 * on_iris * wx
    ty = ey / side * angle - 0.07 * on_iris * wy
    _texel(textures, EYE, 0.5 + 0.5 * tx / EYE_TEXTURE_ANGLE, 0.5 + 0.5 * ty / EYE_TEXTURE_ANGLE, False, work)
    # The iris is a bowl: lit most on the side away from the lamp.
    lx = (
        to_world[0, 0] * _LAMP_DIRECTIONS[0, 0]
        + to_world[1, 0] * _LAMP_DIRECTIONS[0, 1]
        + to_world[2, 0] * _LAMP_DIRECTIONS[0, 2]
    )
    ly = (
        to_world[0, 1] * _LAMP_DIRECTIONS[0, 0]
        + to_world[1, 1] * _LAMP_DIRECTIONS[0, 1]
        + to_world[2, 1] * _LAMP_DIRECTIONS[0, 2]
    )
    caustic = 1.15 - on_iris * 1.5 * (tx * lx + ty * ly) / IRIS_ANGLE * 0.9
    # The cornea bulges, so its normal turns faster than the ball's.
    bulge = 1.0 + 0.85 * on_iris
    polar = angle * bulge
    bx, by, bz = ex / side * np.sin(polar), ey / side * np.sin(polar), np.cos(polar)
    kx = gaze[0, 0] * bx + gaze[0, 1] * by + gaze[0, 2] * bz
    ky = gaze[1, 0] * bx + gaze[1, 1] * by + gaze[1, 2] * bz
    kz = gaze[2, 0] * bx + gaze[2, 1] * by + gaze[2, 2] * bz
    nx = to_world[0, 0] * kx + to_world[0, 1] * ky + to_world[0, 2] * kz
    ny = to_world[1, 0] * kx + to_world[1, 1] * ky + to_world[1, 2] * kz
    nz = to_world[2, 0] * kx + to_world[2, 1] * ky + to_world[2, 2] * kz
    nv = nx * vx + ny * vy + nz * vz
    rx, ry, rz = 2 * nv * nx - vx, 2 * nv * ny - vy, 2 * nv * nz - vz
    fresnel = 0.03 + 0.97 * (1.0 - max(nv, 0.0)) ** 5 * 0.4
    for c in range(3):
        gloss[c] = 0.8 * reach[4] * (_GROUND[c] + (_SKY[c] - _GROUND[c]) * (0.5 * rz + 0.5))
    for k in range(2):
        near = rx * _LAMP_DIRECTIONS[k, 0] + ry * _LAMP_DIRECTIONS[k, 1] + rz * _LAMP_DIRECTIONS[k, 2]
        window = _smooth(near, 0.955, 0.975)
        for c in range(3):
            gloss[c] += (5.5 if k == 0 else 3.0) * window * _LAMP_COLOURS[k, c] * min(1.5 * reach[k], 1.0)
    for c in range(3):
        out[c] = work[c] * work[c] * shade[c] * max(caustic, 0.3) + fresnel * gloss[c]


@numba.njit(cache=True, fastmath=True, inline="always")
def _smooth_block(triangle, inverse_depth, materials, y, x):  # pragma: no cover
    """Whether the 2 x 2 samples around this one lie on one material, at about one depth, and not on an eye."""
    y0, x0 = y - y % 2, x - x % 2
    if y0 + 1 >= triangle.shape[0] or x0 + 1 >= triangle.shape[1]:
        return False
    near, far, material = 0.0, 1e9, materials[triangle[y, x]]
    for j in range(2):
        for i in range(2):
            f = triangle[y0 + j, x0 + i]
            if f < 0 or materials[f] != material:
                return False
            near, far = max(near, inverse_depth[y0 + j, x0 + i]), min(far, inverse_depth[y0 + j, x0 + i])
    return material != EYE and near < far * 1.004


@numba.njit(cache=True, fastmath=True)
def shade_samples(
    triangle, barycentric, inverse_depth, corners, uvs, materials, canonical, world, normals, light, occlusion, head_rotation,
    torso_rotation, eye_centres, first_eye, eye_size, gaze, textures, flat_light, camera, colour,
):  # pragma: no cover  # fmt: skip
    """Fill `colour` (H, W, 4) where the visibility buffer has a triangle.

    In a block of 2 x 2 samples on one smooth surface only those of one diagonal are shaded; the others copy them.

    Args:
        triangle, barycentric, inverse_depth: the visibility buffer's arrays.
        corners, uvs, materials: the surface's triangles.
        canonical, world, normals: (V, 3) positions in the head's frame and in the world, world normals.
        light: (V, 3) diffuse light with shadows; occlusion: (V, L + 1) what part of each lamp and the room gets there.
        head_rotation, torso_rotation: (3, 3) canonical to world.
        eye_centres: (2, 3) canonical; eyes' vertices start at `first_eye`, `eye_size` each, left first.
        gaze: (3, 3) turn of the eyes in the head.
        flat_light: (9,) unshadowed light in the world, all colours together.
        camera: (3,) its world position.
    """
    work = np.empty(8, np.float32)
    gloss = np.empty(3, np.float32)
    shade = np.empty(3, np.float32)
    result = np.empty(3, np.float32)
    reach = np.empty(occlusion.shape[1], np.float32)
    height, width = triangle.shape
    for y in range(height):
        for x in range(width):
            f = triangle[y, x]
            if f < 0:
                continue
            if (x + y) % 2 == 1 and _smooth_block(triangle, inverse_depth, materials, y, x):
                continue
            b1, b2 = barycentric[y, x, 0], barycentric[y, x, 1]
            b0 = 1.0 - b1 - b2
            i, j, k = corners[f, 0], corners[f, 1], corners[f, 2]
            material = materials[f]
            nx = normals[i, 0] * b0 + normals[j, 0] * b1 + normals[k, 0] * b2
            ny = normals[i, 1] * b0 + normals[j, 1] * b1 + normals[k, 1] * b2
            nz = normals[i, 2] * b0 + normals[j, 2] * b1 + normals[k, 2] * b2
            length = np.sqrt(nx * nx + ny * ny + nz * nz) + 1e-9
            nx, ny, nz = nx / length, ny / length, nz / length
            vx = camera[0] - (world[i, 0] * b0 + world[j, 0] * b1 + world[k, 0] * b2)
            vy = camera[1] - (world[i, 1] * b0 + world[j, 1] * b1 + world[k, 1] * b2)
            vz = camera[2] - (world[i, 2] * b0 + world[j, 2] * b1 + world[k, 2] * b2)
            length = np.sqrt(vx * vx + vy * vy + vz * vz) + 1e-9
            vx, vy, vz = vx / length, vy / length, vz / length
            for c in range(3):
                shade[c] = light[i, c] * b0 + light[j, c] * b1 + light[k, c] * b2
            for c in range(reach.shape[0]):
                reach[c] = occlusion[i, c] * b0 + occlusion[j, c] * b1 + occlusion[k, c] * b2
            if material == EYE:
                px = canonical[i, 0] * b0 + canonical[j, 0] * b1 + canonical[k, 0] * b2
                py = canonical[i, 1] * b0 + canonical[j, 1] * b1 + canonical[k, 1] * b2
                pz = canonical[i, 2] * b0 + canonical[j, 2] * b1 + canonical[k, 2] * b2
                side = 0 if i < first_eye + eye_size else 1
                _eye(
                    px,
                    py,
                    pz,
                    eye_centres[side],
                    gaze,
                    nx,
                    ny,
                    nz,
                    vx,
                    vy,
                    vz,
                    head_rotation,
                    shade,
                    reach,
                    textures,
                    work,
                    gloss,
                    result,
                )
                colour[y, x, 0], colour[y, x, 1], colour[y, x, 2] = result[0], result[1], result[2]
                colour[y, x, 3] = 1.0
                continue
            u = uvs[f, 0, 0] * b0 + uvs[f, 1, 0] * b1 + uvs[f, 2, 0] * b2
            v = uvs[f, 0, 1] * b0 + uvs[f, 1, 1] * b1 + uvs[f, 2, 1] * b2
            _texel(textures, material, u, v, material == CLOTH, work)
            mx, my, mz = 2 * work[4] - 1, 2 * work[5] - 1, 2 * work[6] - 1
            if material == CLOTH:
                # Tangent frame: across, and down the cloth.
                ax, ay = -ny, nx
                flat = np.sqrt(ax * ax + ay * ay) + 1e-6
                ax, ay = ax / flat, ay / flat
                dx, dy, dz = ny * 0.0 - nz * ay, nz * ax, nx * ay - ny * ax
                qx, qy, qz = mx * ax + my * dx, mx * ay + my * dy, my * dz
            else:
                qx = head_rotation[0, 0] * mx + head_rotation[0, 1] * my + head_rotation[0, 2] * mz
                qy = head_rotation[1, 0] * mx + head_rotation[1, 1] * my + head_rotation[1, 2] * mz
                qz = head_rotation[2, 0] * mx + head_rotation[2, 1] * my + head_rotation[2, 2] * mz
            rx, ry, rz = nx + qx, ny + qy, nz + qz
            length = np.sqrt(rx * rx + ry * ry + rz * rz) + 1e-9
            rx, ry, rz = rx / length, ry / length, rz / length
            ratio = _flat_light(rx, ry, rz, flat_light) / _flat_light(nx, ny, nz, flat_light)
            ratio = min(max(ratio, 0.4), 1.8)
            roughness, amount = work[3], work[7] * 2.0
            f0 = 0.028
            soft = 0.0
            if material == TEETH:
                f0 = 0.05
            elif material == GUMS:
                f0 = 0.04
            elif material != CLOTH:
                soft = 0.45
            facing = nx * vx + ny * vy + nz * vz
            if material == CLOTH:
                gloss[0] = gloss[1] = gloss[2] = 0.0
                if facing < 0.0:
                    # The inside of the collar.
                    for c in range(3):
                        shade[c] *= 0.45
            else:
                _gloss(rx, ry, rz, vx, vy, vz, roughness, f0, reach, gloss)
            rim = 1.0 - max(facing, 0.0)
            fuzz = 0.35 * rim * rim * rim if material == CLOTH else 0.0
            for c in range(3):
                # Red light travels furthest under the skin, so relief shows least in it.
                detail = 1.0 + (ratio - 1.0) * (1.0 - soft * (1.0 - 0.5 * c))
                albedo = work[c] * work[c]
                colour[y, x, c] = shade[c] * (albedo * detail + fuzz * (0.25 * albedo + 0.03)) + gloss[c] * amount
            colour[y, x, 3] = 1.0
    for y in range(height):
        for x in range(width):
            if (x + y) % 2 == 1 and triangle[y, x] >= 0 and _smooth_block(triangle, inverse_depth, materials, y, x):
                for c in range(4):
                    colour[y, x, c] = colour[y, x ^ 1, c]
