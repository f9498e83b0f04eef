#!/usr/bin/env bash
# with_models.sh TEST: run a test that gets a cache of its own, and tells it where the real models lie.
export MODELS="${HARNESS_CACHE:-${XDG_CACHE_HOME:-$HOME/.cache}/harness}/models"
exec bash "$@"
