"""A network over blocks of epochs: where labelled arrays become tensors."""

from tropdsx.predict.grid import predict_grid

__all__ = ["predict_grid"]
