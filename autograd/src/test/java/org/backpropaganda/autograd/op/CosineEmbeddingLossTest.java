package org.backpropaganda.autograd.op;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.backpropaganda.autograd.testkit.Input.in;
import static org.backpropaganda.autograd.testkit.Input.labels;
import static org.backpropaganda.autograd.testkit.Refusal.spec;

import java.util.stream.Stream;
import org.backpropaganda.autograd.tensor.DType;
import org.backpropaganda.autograd.tensor.ShapeException;
import org.backpropaganda.autograd.testkit.OpCase;
import org.backpropaganda.autograd.testkit.OpContract;
import org.backpropaganda.autograd.testkit.Refusal;
import org.junit.jupiter.api.Test;

class CosineEmbeddingLossTest extends OpContract {

    @Override
    protected Stream<OpCase> cases() {
        return Stream.of(
                OpCase.of(
                        new CosineEmbeddingLoss(0.25),
                        in(4).within(-1, 1).awayFrom(0.25, 0.05),
                        labels(2, 4).of(1, -1, -1, 1)),
                OpCase.of(
                        new CosineEmbeddingLoss(0.25),
                        in(1).of(0.5),
                        labels(2, 1).of(-1)),
                OpCase.of(
                        new CosineEmbeddingLoss(0),
                        in(3).of(-0.5, 0.5, 0.75),
                        labels(2, 3).of(-1, -1, 1)));
    }

    @Override
    protected Stream<Refusal> refusals() {
        return Stream.of(
                Refusal.of(new CosineEmbeddingLoss(0.25), spec(2, 3), spec(DType.INT, 2)),
                Refusal.of(new CosineEmbeddingLoss(0.25), spec(2), spec(2)),
                Refusal.of(new CosineEmbeddingLoss(0.25), spec(2), spec(DType.INT, 3)),
                Refusal.of(new CosineEmbeddingLoss(0.25), spec(2)));
    }

    @Test
    void golden() {
        Golden golden = Golden.of(
                new CosineEmbeddingLoss(0.25),
                in(4).of(0.5, 0.5, 0.25, -1),
                labels(2, 4).of(1, -1, -1, -1));
        assertThat(golden.output()).containsExactly((0.5 + 0.25) / 4);
        assertThat(golden.gradients().get(0)).containsExactly(-0.25, 0.25, 0.0, 0.0);
    }

    @Test
    void labelsAreSigns() {
        assertThatThrownBy(() -> Golden.of(
                        new CosineEmbeddingLoss(0), in(2), labels(2, 2).of(1, 0)))
                .isInstanceOf(ShapeException.class)
                .hasMessage("cosineEmbeddingLoss: label 0 at index 1 is neither 1 nor -1");
    }
}
