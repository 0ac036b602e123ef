"""Tiny encoders with random weights, written as transformers writes them."""

from pathlib import Path

import torch
from tokenizers import Tokenizer, models, pre_tokenizers, processors
from transformers import BertConfig, BertModel, PreTrainedTokenizerFast, RobertaConfig, RobertaModel

WORDS = [
    "the",
    "a",
    "cat",
    "dog",
    "bird",
    "sees",
    "likes",
    "finds",
    "on",
    "under",
    "mat",
    "tree",
    "now",
    "here",
]


def _tokenizer(specials: list[str]) -> PreTrainedTokenizerFast:
    first, pad, last, unknown = specials
    vocabulary = {word: i for i, word in enumerate(specials + WORDS)}
    tokenizer = Tokenizer(models.WordLevel(vocabulary, unk_token=unknown))
    tokenizer.pre_tokenizer = pre_tokenizers.Whitespace()
    tokenizer.post_processor = processors.TemplateProcessing(
        single=f"{first} $A {last}", special_tokens=[(first, vocabulary[first]), (last, vocabulary[last])]
    )
    return PreTrainedTokenizerFast(
        tokenizer_object=tokenizer, cls_token=first, pad_token=pad, sep_token=last, unk_token=unknown
    )


_SIZES = {
    "vocab_size": 4 + len(WORDS),
    "hidden_size": 16,
    "intermediate_size": 32,
    "num_hidden_layers": 4,
    "num_attention_heads": 2,
}


def tiny_bert(folder: Path, seed: int = 0) -> Path:
    """BERT: 4 layers of width 16, 24 positions."""
    with torch.random.fork_rng():
        torch.manual_seed(seed)
        BertModel(BertConfig(**_SIZES, max_position_embeddings=24)).save_pretrained(folder)
    _tokenizer(["[CLS]", "[PAD]", "[SEP]", "[UNK]"]).save_pretrained(folder)
    return folder


def tiny_roberta(folder: Path, seed: int = 0) -> Path:
    """RoBERTa: counts positions from the padding index 1, so 26 of them hold 24 tokens."""
    with torch.random.fork_rng():
        torch.manual_seed(seed)
        config = RobertaConfig(
            **_SIZES, max_position_embeddings=26, pad_token_id=1, bos_token_id=0, eos_token_id=2
        )
        RobertaModel(config).save_pretrained(folder)
    _tokenizer(["<s>", "<pad>", "</s>", "<unk>"]).save_pretrained(folder)
    return folder
