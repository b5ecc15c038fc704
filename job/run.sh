#!/usr/bin/env bash
# Starts the job, or goes on from its last whole checkpoint. Every argument is handed on to trl.
#   bash run.sh                                       one card
#   LAUNCH="accelerate launch --config_file fsdp2.yaml -m trl.scripts.sft" bash run.sh
#   LAUNCH="torchrun --nproc_per_node 2 -m trl.scripts.sft" bash run.sh
set -euo pipefail
cd "$(dirname "$0")"
launch=${LAUNCH:-accelerate launch --config_file one_card.yaml -m trl.scripts.sft}
out=$(sed -n 's/^output_dir: *//p' sft.yaml)
# trainer_state.json is written last: a folder without it was cut off while it was saved
last=$(ls -d "$out"/checkpoint-*/trainer_state.json 2>/dev/null | sort -V | tail -n 1 || true)
# shellcheck disable=SC2086
exec $launch --config sft.yaml ${last:+--resume_from_checkpoint "$(dirname "$last")"} "$@"
