"""TorchServe's and Multi Model Server's ``config.properties``, and the flags that go before it."""
