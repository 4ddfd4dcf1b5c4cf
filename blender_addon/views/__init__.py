# SPDX-License-Identifier: GPL-3.0-or-later
"""Where results are seen, and what is changed there by hand."""
