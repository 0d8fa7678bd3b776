"""TorchServe's and Multi Model Server's HTTP APIs: inference, management, metrics."""
