package org.backpropaganda.checkpointing.compress;

import static java.util.Objects.requireNonNull;

import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.atomic.LongAdder;
import org.backpropaganda.autograd.graph.SavedTensorCodec;
import org.backpropaganda.autograd.graph.SavedTensorPolicy;
import org.backpropaganda.autograd.technique.Fidelity;
import org.backpropaganda.autograd.technique.Level;
import org.backpropaganda.autograd.technique.Part;
import org.backpropaganda.autograd.technique.Savings;
import org.backpropaganda.autograd.technique.Technique;
import org.backpropaganda.autograd.technique.TechniqueSettings;
import org.backpropaganda.autograd.technique.Usage;
import org.backpropaganda.autograd.tensor.TensorScope;
import org.jspecify.annotations.Nullable;

/** {@code save:q8} and others: saved tensors that may lose bits are kept in fewer, by a {@link CompressPolicy}. */
public final class SaveTechnique implements Technique {
    private final @Nullable Form form;

    /** What tensors are kept as. */
    private enum Form {
        BF16("bf16", "saved tensors in 16 bits, rounded to the nearest") {
            @Override
            CompressPolicy.Builder rules() {
                return CompressPolicy.builder().all(new Bf16Codec());
            }
        },
        Q8("q8", "saved tensors in 8 bits in groups of 256, rounded at random") {
            @Override
            CompressPolicy.Builder rules() {
                return CompressPolicy.builder().all(new QuantizedCodec(8));
            }
        },
        Q4("q4", "the same in 4 bits") {
            @Override
            CompressPolicy.Builder rules() {
                return CompressPolicy.builder().all(new QuantizedCodec(4));
            }
        },
        Q2("q2", "the same in 2 bits") {
            @Override
            CompressPolicy.Builder rules() {
                return CompressPolicy.builder().all(new QuantizedCodec(2));
            }
        },
        SLOPES("slopes", "inputs of GELU and SiLU as one of four derivatives, in 2 bits") {
            @Override
            CompressPolicy.Builder rules() {
                return CompressPolicy.builder().where(DerivativeCodec::fits, DerivativeCodec.policy());
            }
        };

        private final String word;
        private final String meaning;

        Form(String word, String meaning) {
            this.word = word;
            this.meaning = meaning;
        }

        abstract CompressPolicy.Builder rules();
    }

    /** To be told the form. */
    public SaveTechnique() {
        this(null);
    }

    private SaveTechnique(@Nullable Form form) {
        this.form = form;
    }

    @Override
    public String name() {
        return "save";
    }

    @Override
    public String term() {
        return form == null ? name() : name() + ":" + form.word;
    }

    @Override
    public List<Usage> usages() {
        return Arrays.stream(Form.values())
                .map(each -> new Usage(name() + ":" + each.word, each.meaning))
                .toList();
    }

    @Override
    public Technique with(String argument) {
        return Arrays.stream(Form.values())
                .filter(each -> each.word.equals(argument))
                .findFirst()
                .map(SaveTechnique::new)
                .orElseThrow(() -> new IllegalArgumentException("tensors are not kept as '" + argument + "'"));
    }

    @Override
    public Fidelity fidelity() {
        return Fidelity.LOSSY;
    }

    @Override
    public Level level() {
        return Level.PRECISION;
    }

    @Override
    public Optional<String> refusal(Part structure, TechniqueSettings settings) {
        return Optional.empty();
    }

    @Override
    public Savings open(TechniqueSettings settings, TensorScope scope) {
        Form chosen = requireNonNull(form, "save: no form was told");
        LongAdder packed = new LongAdder();
        return new Savings() {
            @Override
            public SavedTensorPolicy before(SavedTensorPolicy rest) {
                SavedTensorPolicy policy = chosen.rules().otherwise(rest).build();
                return saving -> {
                    SavedTensorCodec codec = policy.choose(saving);
                    if (!codec.isExact()) {
                        packed.increment();
                    }
                    return codec;
                };
            }

            /** How often a tensor was saved in fewer bits: 0 tells that the model has none that the form is for. */
            @Override
            public Map<String, Object> figures() {
                return Map.of("savedInFewerBits", packed.sum());
            }
        };
    }
}
