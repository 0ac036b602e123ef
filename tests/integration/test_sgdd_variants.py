"""What may differ between two files of one layout: precision, names, buffers, settings, notes."""

import json

import numpy as np
import pytest
import torch
from safetensors.torch import load_file, save_file
from sgdd_files import H, OldModel, P, old_config, old_tree, roberta, tokens, write_old

import latentlab
from latentlab.checkpoints import convert_checkpoint, read_info
from latentlab.cli import main
from latentlab.errors import CheckpointError

TIMES = torch.tensor([0, 10, 400, 700, 999])
ROTARY = "decoder.rotary_emb.inv_freq"


def saved(tmp_path, layout, change):
    """A file of the layout after `change` was at its state dict and its settings, or gave another one."""
    tree = old_tree(layout)
    state = change(tree["model_state_dict"], tree["config"]["model"])
    torch.save({**tree, "model_state_dict": state} if isinstance(state, dict) else tree, tmp_path / "x.pt")
    return tmp_path / "x.pt"


def as_the_old_code(model, old):
    """Latents and logits of our model are those of the old one."""
    ids, mask = tokens()
    wanted = old.encode(ids, mask)
    got = model.encode_tokens(ids.numpy(), mask.numpy())
    for name, value in wanted.items():
        np.testing.assert_allclose(getattr(got, name), value.numpy(), atol=1e-5, rtol=0)
    if old.layout != "F":
        with torch.no_grad():
            logits = old.decoder(ids, wanted["z"], TIMES).numpy()
        found = model.logits(ids.numpy(), wanted["z"].numpy(), TIMES.numpy())
        np.testing.assert_allclose(found, logits, atol=1e-4, rtol=0)


@pytest.mark.parametrize("prefix", ["module.", "_orig_mod.", "module._orig_mod.", "_orig_mod.module."])
@pytest.mark.parametrize("layout", ["D", "F"])
def test_names_that_a_wrapper_put_its_own_before(prefix, layout, tmp_path, encoder):
    file = saved(tmp_path, layout, lambda state, _: {f"{prefix}{name}": t for name, t in state.items()})
    as_the_old_code(latentlab.load_checkpoint(file, encoder), OldModel(layout))
    assert read_info(file).problems == []


def test_a_wrapper_s_name_does_not_hide_how_layout_f_pools(tmp_path):
    def change(state, _):
        return {
            "module." + name.replace("encoder.model.", "encoder.roberta."): t for name, t in state.items()
        }

    assert latentlab.load_checkpoint(saved(tmp_path, "F", change)).config.encoder.pooling == "mean"


def test_a_wrapper_s_name_before_some_tensors_is_none(tmp_path):
    def change(state, _):
        return {name if name.startswith("decoder.") else f"module.{name}": t for name, t in state.items()}

    with pytest.raises(CheckpointError, match=r"module\.encoder\.\S+ belongs to no part"):
        latentlab.load_checkpoint(saved(tmp_path, "D", change))


@pytest.mark.parametrize("dtype", [torch.float16, torch.bfloat16])
@pytest.mark.parametrize("layout", ["A", "B", "E"])
def test_half_precision_gives_what_the_old_code_made_of_it(dtype, layout, tmp_path, encoder):
    """The old code read such a file into float32 modules, the rounded rotary table included."""
    file = saved(
        tmp_path,
        layout,
        lambda state, _: {n: t.to(dtype) if t.is_floating_point() else t for n, t in state.items()},
    )
    old = OldModel(layout)
    state = torch.load(file, weights_only=True)["model_state_dict"]
    old.load_state_dict(state)
    model = latentlab.load_checkpoint(file, encoder)
    inside, whole = roberta(), dict(roberta().state_dict())
    before = {name: tensor.clone() for name, tensor in whole.items()}
    try:
        # The reference reads its backbone from `roberta()`.
        inside.load_state_dict({name: tensor.to(dtype).float() for name, tensor in before.items()})
        as_the_old_code(model, old)
    finally:
        inside.load_state_dict(before)
    convert_checkpoint(file, tmp_path / "new", encoder)
    new = latentlab.load_checkpoint(tmp_path / "new", encoder)
    ids, z = tokens()[0].numpy(), np.ones((5, H), dtype=np.float32)
    assert np.array_equal(new.logits(ids, z), model.logits(ids, z))


def test_a_rotary_table_is_used_and_its_absence_is_no_fault(tmp_path):
    ids, z = tokens()[0].numpy(), np.ones((5, H), dtype=np.float32)

    def logits(change):
        return latentlab.load_checkpoint(saved(tmp_path, "C", change)).logits(ids, z, TIMES.numpy())

    plain = logits(lambda state, _: None)
    assert np.array_equal(logits(lambda state, _: state.pop(ROTARY)), plain)
    assert np.abs(logits(lambda state, _: state[ROTARY].mul_(1.5)) - plain).max() > 0.01


def test_a_folder_that_was_converted_without_the_table(tmp_path, encoder):
    file = write_old(tmp_path / "old.pt", "D")
    convert_checkpoint(file, tmp_path / "new", encoder)
    weights = load_file(tmp_path / "new/model.safetensors")
    del weights[ROTARY]
    save_file(weights, tmp_path / "new/model.safetensors")
    tree = json.loads((tmp_path / "new/config.json").read_text())
    tree["weights_sha256"] = read_info(tmp_path / "new").fingerprint
    (tmp_path / "new/config.json").write_text(json.dumps(tree))
    ids, z = tokens()[0].numpy(), np.ones((5, H), dtype=np.float32)
    models = [latentlab.load_checkpoint(path, encoder) for path in (file, tmp_path / "new")]
    assert np.array_equal(*(model.logits(ids, z) for model in models))


@pytest.mark.parametrize(
    "name",
    [
        "decoder.layers.0.self_attn.rotary_emb.inv_freq",
        "decoder.layers.1.rotary_emb.inv_freq",
        "decoder.rotary_emb.cos_cached",
        "decoder.rotary_emb.sin",
        "noise_schedule.alphas",
        "encoder.roberta.embeddings.position_ids",
    ],
)
@pytest.mark.parametrize("layout", ["A", "D"])
def test_buffers_that_follow_from_the_rest(name, layout, tmp_path, encoder):
    file = saved(tmp_path, layout, lambda state, _: state.update({name: torch.zeros(3)}))
    as_the_old_code(latentlab.load_checkpoint(file, encoder), OldModel(layout))


@pytest.mark.parametrize("layout", ["B", "C", "D", "E", "S"])
def test_the_rotary_table_shows_the_heads(layout, tmp_path, encoder):
    heads = "decoder_heads" if layout == "B" else "num_heads"
    file = saved(tmp_path, layout, lambda _, model: model.pop(heads))
    as_the_old_code(latentlab.load_checkpoint(file, encoder), OldModel(layout))
    with pytest.raises(CheckpointError, match="num_heads is 4, the tensors say 2"):
        latentlab.load_checkpoint(saved(tmp_path, layout, lambda _, model: model.update({heads: 4})))
    without = saved(tmp_path, layout, lambda state, model: (state.pop(ROTARY), model.pop(heads)))
    with pytest.raises(CheckpointError):
        latentlab.load_checkpoint(without)


@pytest.mark.parametrize("name", ["semantic_dim", "hidden_dim", "num_layers", "ffn_dim", "num_heads"])
def test_settings_of_the_unknown_decoder_are_not_judged(name, tmp_path, encoder):
    """In layout F the decoder has a width of its own."""
    file = saved(tmp_path, "F", lambda _, model: model.update({name: 3 * H}))
    as_the_old_code(latentlab.load_checkpoint(file, encoder), OldModel("F"))


@pytest.mark.parametrize(
    "noted",
    [
        {"epoch": -1, "step": -1},
        {"epoch": "final", "step": "last"},
        {"epoch": 2.0, "loss": None},
        {"loss": torch.tensor(0.5), "metric": torch.tensor(1.0)},
        {"loss": float("nan"), "metric": float("inf")},
        {"loss": [1, 2], "metric_name": {"a": 1}},
    ],
)
def test_odd_notes_do_not_keep_anybody_from_the_weights(noted, tmp_path, encoder, capsys):
    file = write_old(tmp_path / "x.pt", "D", **noted)
    model = latentlab.load_checkpoint(file, encoder)
    assert model.step is None
    as_the_old_code(model, OldModel("D"))
    assert main(["info", str(file)]) == 0
    assert main(["info", "--json", str(file)]) == 0
    convert_checkpoint(file, tmp_path / "new", encoder)
    assert latentlab.load_checkpoint(tmp_path / "new", encoder).step is None
    assert main(["info", str(tmp_path / "new")]) == 0
    assert capsys.readouterr().err == ""


def test_what_training_left_beside_the_weights_is_not_looked_at(tmp_path, encoder):
    layer = torch.nn.Linear(3, 3)
    optimiser = torch.optim.AdamW(layer.parameters())
    layer(torch.ones(1, 3)).sum().backward()
    optimiser.step()
    cosine = torch.optim.lr_scheduler.CosineAnnealingLR(optimiser, 10)
    more = {"optimizer_state_dict": optimiser.state_dict(), "scheduler_state_dict": cosine.state_dict()}
    more["ema_state_dict"] = {"shadow": {"encoder.proj.weight": torch.zeros(2)}, "decay": 0.999}
    more["rng_state"] = torch.get_rng_state()
    file = write_old(tmp_path / "checkpoint_epoch_3.pt", "E", epoch=3, step=12, loss=0.5, **more)
    as_the_old_code(latentlab.load_checkpoint(file, encoder), OldModel("E"))


def test_weights_that_were_on_a_device_are_read_on_the_processor(tmp_path, encoder):
    from test_sgdd_unsafe import rezip

    write_old(tmp_path / "cpu.pt", "D")
    swap = (b"X\x03\x00\x00\x00cpu", b"X\x06\x00\x00\x00cuda:0")
    file = rezip(tmp_path / "cpu.pt", tmp_path / "cuda.pt", lambda _, data: data.replace(*swap))
    assert swap[1] in file.read_bytes()
    as_the_old_code(latentlab.load_checkpoint(file, encoder), OldModel("D"))


@pytest.mark.parametrize(("positions", "epsilon"), [(514, 1e-5), (258, 1e-5), (26, 1e-12)])
def test_without_a_folder_the_epsilon_is_that_of_the_published_models(positions, epsilon, tmp_path):
    """One that somebody made from transformers' class has the default of the class."""

    def change(state, _):
        table = torch.randn(positions, P, generator=torch.Generator().manual_seed(0))
        state["encoder.roberta.embeddings.position_embeddings.weight"] = table

    model = latentlab.load_checkpoint(saved(tmp_path, "B", change), offline=True)
    assert model.encoder.model.config.layer_norm_eps == epsilon
    assert np.isfinite(model.encode_tokens(*(a.numpy() for a in tokens())).z).all()


@pytest.mark.parametrize("protocol", [3, 4, 5])
def test_another_protocol_of_pickle_is_refused_without_torch_s_advice(protocol, tmp_path, capsys):
    torch.save(old_tree("B"), tmp_path / "x.pt", pickle_protocol=protocol)
    with pytest.raises(CheckpointError, match="not of protocol 2") as caught:
        latentlab.load_checkpoint(tmp_path / "x.pt")
    assert "pickle_protocol" in caught.value.hint
    assert main(["info", str(tmp_path / "x.pt")]) == 3
    assert "weights_only" not in capsys.readouterr().err


def test_a_missing_configuration_is_named(tmp_path):
    tree = {name: value for name, value in old_tree("B").items() if name != "config"}
    torch.save(tree, tmp_path / "x.pt")
    with pytest.raises(CheckpointError, match="holds no config"):
        latentlab.load_checkpoint(tmp_path / "x.pt")
    torch.save(tree | {"config": old_config("B")}, tmp_path / "x.pt")
    assert latentlab.load_checkpoint(tmp_path / "x.pt").layout == "B"
