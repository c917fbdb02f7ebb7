package org.backpropaganda.autograd.graph;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalStateException;

import java.util.ArrayList;
import java.util.List;
import org.backpropaganda.autograd.op.Divide;
import org.backpropaganda.autograd.op.Sum;
import org.backpropaganda.autograd.tensor.DType;
import org.backpropaganda.autograd.tensor.Engine;
import org.backpropaganda.autograd.tensor.Shape;
import org.backpropaganda.autograd.tensor.Tensor;
import org.backpropaganda.autograd.tensor.TensorScope;
import org.backpropaganda.autograd.testkit.HeapCodec;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** A policy gets back every tensor that it packed, also if it fails in between. */
class PackedTensorsTest {
    private final Engine engine = Engine.builder().threads(1).build();
    private final TensorScope scope = engine.scope("");
    private int calls;
    private int outside;

    @AfterEach
    void close() {
        engine.close();
    }

    /** Keeps copies, counts those outside, and fails at one call. */
    private SavedTensorPolicy failingAt(int failing, boolean packing) {
        SavedTensorCodec codec = new SavedTensorCodec() {
            @Override
            public String name() {
                return "failing";
            }

            @Override
            public boolean isExact() {
                return true;
            }

            @Override
            public Packed pack(Saving saving, TensorScope leases) {
                if (packing && calls++ == failing) {
                    throw new IllegalStateException("planned");
                }
                outside++;
                Packed copy = new HeapCodec().pack(saving, leases);
                return new Packed() {
                    @Override
                    public Tensor unpack(TensorScope where) {
                        if (!packing && calls++ == failing) {
                            throw new IllegalStateException("planned");
                        }
                        return copy.unpack(where);
                    }

                    @Override
                    public void discard() {
                        outside--;
                    }
                };
            }
        };
        return SavedTensorPolicy.of(codec);
    }

    private void step(SavedTensorPolicy policy) {
        try (Tape tape = Tape.builder(scope).policy(policy).build()) {
            List<Variable> leaves = new ArrayList<>();
            for (int i = 0; i < 2; i++) {
                leaves.add(tape.leaf(scope.allocate(Shape.of(3), DType.DOUBLE).set(1, 2, i + 3)));
            }
            Variable quotient = Divide.divide(leaves.get(0), leaves.get(1));
            tape.backward(Sum.sum(Divide.divide(leaves.get(0), quotient))).close();
        }
    }

    @ParameterizedTest
    @ValueSource(ints = {0, 1, 2})
    void aFailingPackLeavesNothingOutside(int failing) {
        assertThatIllegalStateException().isThrownBy(() -> step(failingAt(failing, true)));
        assertThat(outside).isZero();
    }

    @ParameterizedTest
    @ValueSource(ints = {0, 1, 2, 3})
    void aFailingUnpackLeavesNothingOutside(int failing) {
        assertThatIllegalStateException().isThrownBy(() -> step(failingAt(failing, false)));
        assertThat(outside).isZero();
    }
}
