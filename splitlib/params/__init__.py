"""The params of the pipeline: frozen, checked objects, made from params.yaml or in Python."""

from splitlib.params.keys_and_defaults import (
    AuditParams,
    AugmentParams,
    Cache,
    Claim,
    Fractions,
    Head,
    InputsParams,
    LabelsParams,
    LimitParams,
    ModelParams,
    Params,
    SplitParams,
    TargetParams,
    TrainParams,
)
from splitlib.params.load import checked_section, load_params
from splitlib.params.section import params_dict

__all__ = [
    "Params",
    "LabelsParams",
    "SplitParams",
    "Fractions",
    "Head",
    "AuditParams",
    "LimitParams",
    "InputsParams",
    "TargetParams",
    "AugmentParams",
    "Cache",
    "Claim",
    "ModelParams",
    "TrainParams",
    "load_params",
    "checked_section",
    "params_dict",
]
