"""Where older handlers find how to send pieces of an answer."""

from ovserve_worker.streaming import send_intermediate_predict_response

__all__ = ["send_intermediate_predict_response"]
