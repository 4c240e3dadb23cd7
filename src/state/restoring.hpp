// Is the database being restored? Then nothing of ours is written: the dump brings it.
#pragma once

namespace proapp::state {

void define_settings();

// The setting proapp.restoring: on, off, or auto, which recognises the preamble of a dump:
// row_security off and an empty search_path outside of the extension script that may be running.
bool restoring();

}  // namespace proapp::state
