"""Plan for a customer base on Dask: `python dask_job.py customers.parquet plans 2026-03-02`.

Each row group is a piece of work and becomes one Parquet file of the folder `plans`. `dask.compute` runs on the
threads or processes of one machine; with a `dask.distributed.Client` the same lines run on a cluster. For Ray, put
`ray.remote` in place of `delayed` and `ray.get` in place of `dask.compute`.
"""

import sys
from datetime import date
from pathlib import Path

import dask
import pyarrow.parquet as pq
from dask import delayed

from relmaint import default_book_path, load_rule_book
from relmaint.columnar.stream import PlanBatches


@delayed
def planned(source: str, group: int, plan: PlanBatches, target: Path) -> int:
    """Plan for the customers of one row group; return how many cannot be planned for."""
    table = pq.ParquetFile(source).read_row_group(group)
    refused = 0
    with pq.ParquetWriter(target / f"part-{group:05}.parquet", plan.schema) as writer:
        for batch in plan(table):
            writer.write_batch(batch)
            refused += batch.num_rows - batch.column("error").null_count
    return refused


if __name__ == "__main__":
    source, folder, day = sys.argv[1:]
    target = Path(folder)
    target.mkdir()
    plan = PlanBatches(load_rule_book(default_book_path()), date.fromisoformat(day))
    file = pq.ParquetFile(source)
    pieces = [planned(source, group, plan, target) for group in range(file.num_row_groups)]
    refused = sum(dask.compute(*pieces, scheduler="processes", num_workers=2))
    print(f"{file.metadata.num_rows} customers, {refused} of them without a plan")
