"""Plan for a customer base on Spark: `spark-submit spark_job.py customers.parquet plans 2026-03-02`.

Writes a folder of Parquet files with one row a customer. Any master does: `--master local[2]`, `spark://…`, YARN or
Kubernetes, as long as relmaint is installed where the workers run.
"""

import sys
from datetime import date

from pyspark.sql import SparkSession

import relmaint.spark
from relmaint import default_book_path, load_rule_book

source, target, day = sys.argv[1:]

spark = SparkSession.builder.appName("relmaint").getOrCreate()
customers = spark.read.parquet(source)
book = load_rule_book(default_book_path())

plans = relmaint.spark.plan(customers, book, as_of=date.fromisoformat(day))
plans.write.mode("overwrite").parquet(target)

written = spark.read.parquet(target)
refused = written.where("error is not null").count()
print(f"{written.count()} customers, {refused} of them without a plan")
spark.stop()
