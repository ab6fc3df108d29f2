#pragma once

#include "trace.h"
