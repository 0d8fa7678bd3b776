"""The gRPC face of services: TorchServe's inference and management services, and KServe's for services."""
