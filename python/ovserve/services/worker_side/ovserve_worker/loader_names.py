"""Which loader serves a model of the library that its users did not write themselves."""

from __future__ import annotations

_YOLO = ["Yolo_Ultralytics", "Yolo_Ultralytics"]

MODEL_TO_CLASS = {
    "FireSmokeClassifier_R50": ["Pytorch", "Pytorch"],
    "CocoObjectDetection_Mp": ["Mediapipe", "Mediapipe"],
    "FaceDetection_Mp": ["Mediapipe", "Mediapipe"],
    "PoseEstimation_Y7": ["YoloV7", "PoseEstimation_Y7"],
    "CocoObjectDetection_Y5": _YOLO,
    "CocoObjectDetection_Y7": ["YoloV7", "CocoObjectDetection_Y7"],
    "CocoObjectDetection_Y8": _YOLO,
}
"""Model name to the name that its loader's file has before ``_model_loader``, in any case, and the class.

All other models are loaded by the class of their own name, in the file of their own name.
"""
