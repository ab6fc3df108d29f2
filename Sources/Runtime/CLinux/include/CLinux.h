#pragma once

// The calls that Swift cannot see. Thin: no policy, no memory of their own.
#include "calls.h"
#include "files.h"
#include "loop.h"
#include "plan.h"
#include "signals.h"
#include "terminal.h"
#include "trace.h"
#include "user_namespace.h"
