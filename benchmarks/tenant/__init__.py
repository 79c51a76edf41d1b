"""`make bench-tenant`: a tenant is scanned through queues, and a process is killed meanwhile."""
