"""latentlab: the lab bench for sentence latent spaces."""

from typing import TYPE_CHECKING, Any

__version__ = "0.1.0"
__all__ = ["__version__", "load_checkpoint"]

if TYPE_CHECKING:
    from latentlab.checkpoints import load_checkpoint


def __getattr__(name: str) -> Any:
    # Importing the package must stay cheap: torch is loaded by the first call, not by `import latentlab`.
    if name == "load_checkpoint":
        from latentlab.checkpoints import load_checkpoint

        return load_checkpoint
    raise AttributeError(f"module 'latentlab' has no attribute {name!r}")
