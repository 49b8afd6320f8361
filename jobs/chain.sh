#!/bin/bash
# A chain of short jobs, each of which goes on where the one before stopped:
#   jobs/chain.sh 10 globe.yaml                          ten jobs of the time that jobs/single_node.sbatch asks for
#   JOB=jobs/multi_node.sbatch jobs/chain.sh 10 globe.yaml -s run.wall_time=30min
# A job that stops with a checkpoint counts as done, so the next one starts; jobs after the end of the run end at once; a job
# that fails or is cancelled ends the chain. SBATCH holds further options of sbatch.
set -eu
count="${1:?how many jobs}"; shift
job="${JOB:-$(dirname "$0")/single_node.sbatch}"
before=""
for number in $(seq "$count"); do
    before=$(sbatch --parsable ${before:+--dependency=afterok:"$before" --kill-on-invalid-dep=yes} ${SBATCH:-} "$job" --again chain "$@")
    echo "$number: job ${before%%;*}"
    before="${before%%;*}"
done
