# SPDX-License-Identifier: GPL-3.0-or-later
"""What artists set in a .blend, and how it is read into the Shot document."""
