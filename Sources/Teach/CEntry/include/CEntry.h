#pragma once

// What teach does before Swift's runtime starts: see entry.c. Nothing is called from Swift.
