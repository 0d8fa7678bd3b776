"""Base handlers by the names that TorchServe gives them; networks run in OpenVINO."""
