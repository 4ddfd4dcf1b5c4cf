// SPDX-License-Identifier: Apache-2.0
//
// A job type for Flamenco 3: renders one packed EmoGene shot on a farm. One task looks whether all is there and plans
// the shot, then tasks with a chunk of frames each run in parallel, and the last one joins the frames to a film.
// Written by `emogene farm template flamenco`; docs/farm.md says how it is used.

const JOB_TYPE = {
    label: "EmoGene Film",
    description: "Plan a packed EmoGene shot, render its frames in chunks, and join them to a film with sound",
    settings: [
        {
            key: "shot_document", type: "string", subtype: "file_path", required: true, visible: "submission",
            description: "The shot.json in the folder that 'emogene shot pack' wrote, on the shared storage",
        },
        {
            key: "output_folder", type: "string", subtype: "dir_path", required: true, visible: "submission",
            description: "Gets plan.npz, the folder frames, and the film. On the shared storage. Frames that are "
                + "already there and right are kept, so the same folder again goes on with a film",
        },
        {
            key: "frames", type: "string", required: true,
            eval: "'%d-%d' % (C.scene.frame_start, C.scene.frame_end)",
            evalInfo: { showLinkButton: true, description: "The scene's frames" },
            description: "One range, like 1-240 or -10-25; 'emogene shot check' says which frames the shot has",
        },
        {
            key: "chunk_size", type: "int32", default: 24, propargs: { min: 1 }, visible: "submission",
            description: "Frames that a worker renders in one task. EmoGene is started once for each task",
        },
        {
            key: "workers", type: "int32", default: 1, propargs: { min: 1 }, label: "Processes",
            description: "Processes that render at once on one computer, e.g. one for each of its GPUs",
        },
        { key: "film_name", type: "string", default: "film", description: "The film's file, without its ending" },
        {
            key: "film_format", type: "string", default: "mp4", choices: ["mp4", "mov"],
            description: "mp4 to look at, mov as an intermediate for editing",
        },

        // Blender's file browser gives paths that begin with "//", beside the blend file. These two are the same paths,
        // whole; being invisible on submission, they are always worked out there, before variables are looked for.
        {
            key: "shot_path", type: "string", subtype: "file_path", visible: "web",
            eval: "str(abspath(settings.shot_document))", description: "The shot document",
        },
        {
            key: "output_path", type: "string", subtype: "dir_path", visible: "web",
            eval: "str(abspath(settings.output_folder))", description: "Where plan, frames and film go",
        },
    ],
};

// Every task needs EmoGene, so all are of one type: that of the computers which render.
const TASK_TYPE = "blender";

function compileJob(job) {
    const film = readSettings(job.settings);

    const plan = author.Task("plan", TASK_TYPE);
    plan.addCommand(emogene(["shot", "check", film.shot, `--frames=${film.first}-${film.last}`]));
    plan.addCommand(emogene(["landmarks", film.shot, "--out", film.plan]));
    job.addTask(plan);

    const join = author.Task("film", TASK_TYPE);
    join.addCommand(emogene([
        "join", film.shot, "--frames-dir", film.frames, `--frames=${film.first}-${film.last}`, "--out", film.file,
    ]));
    for (let start = film.first; start <= film.last; start += film.chunkSize) {
        const end = Math.min(start + film.chunkSize - 1, film.last);
        const render = author.Task(`frames ${start} to ${end}`, TASK_TYPE);
        render.addCommand(emogene([
            "render", film.shot, "--plan", film.plan, "--out", film.frames, `--frames=${start}-${end}`,
            "--workers", `${film.workers}`, "--progress", "json",
        ]));
        render.addDependency(plan);
        join.addDependency(render);
        job.addTask(render);
    }
    job.addTask(join);
}

// Paths are arguments of their own: Flamenco turns every slash of an argument with a two-way variable in it.
function emogene(args) {
    return author.Command("exec", { exe: "{emogene}", args: args });
}

function readSettings(settings) {
    const range = readFrames(settings.frames);
    const shot = readPath(settings.shot_path || settings.shot_document, "the shot document");
    const output = readPath(settings.output_path || settings.output_folder, "the output folder");
    const format = settings.film_format || "mp4";
    if (format !== "mp4" && format !== "mov") {
        throw `The film's format '${format}' is neither mp4 nor mov.`;
    }
    const name = `${settings.film_name || "film"}`.trim();
    if (!name || /[\/\\]/.test(name)) {
        throw `The film's name '${name}' is not the name of a file. Choose its folder as the output folder.`;
    }
    return {
        shot: shot,
        plan: path.join(output, "plan.npz"),
        frames: path.join(output, "frames"),
        file: path.join(output, `${name}.${format}`),
        first: range.first,
        last: range.last,
        chunkSize: readCount(settings.chunk_size, 24, "chunk size"),
        workers: readCount(settings.workers, 1, "number of processes"),
    };
}

// Flamenco's own frameChunker knows no frames below 0, and its chunks can be lists, which a film is not.
function readFrames(text) {
    const found = /^\s*(-?\d+)\s*(?:(?:-|\.\.)\s*(-?\d+)\s*)?$/.exec(`${text}`);
    if (!found) {
        throw `The frames '${text}' are not one range. Write them like 1-240; a film has no gaps.`;
    }
    const first = parseInt(found[1], 10);
    const last = found[2] === undefined ? first : parseInt(found[2], 10);
    if (last < first) {
        throw `The frames '${text}' end before they begin.`;
    }
    return { first: first, last: last };
}

function readPath(value, what) {
    if (!value) {
        throw `The job does not say where ${what} is.`;
    }
    if (value.startsWith("//") || value.startsWith("\\\\")) {
        throw `${value}, ${what}, cannot be found by Flamenco's workers. Give the whole path, on Windows with a drive's letter.`;
    }
    return value;
}

function readCount(value, usual, what) {
    const count = value === undefined || value === null ? usual : Number(value);
    if (!Number.isInteger(count) || count < 1) {
        throw `The ${what} is ${value}; it must be a whole number from 1 on.`;
    }
    return count;
}
