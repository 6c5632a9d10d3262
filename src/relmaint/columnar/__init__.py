"""What are the plans of a whole customer base? Batches of customers in, plan ids and a table of plans out, on Arrow."""
