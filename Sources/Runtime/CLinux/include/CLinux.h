#pragma once

#include "signals.h"
#include "trace.h"
