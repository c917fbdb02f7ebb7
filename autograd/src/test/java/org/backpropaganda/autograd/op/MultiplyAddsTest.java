package org.backpropaganda.autograd.op;

import static org.assertj.core.api.Assertions.assertThat;
import static org.backpropaganda.autograd.testkit.Refusal.spec;

import com.tngtech.archunit.core.domain.JavaClass;
import com.tngtech.archunit.core.importer.ClassFileImporter;
import com.tngtech.archunit.core.importer.ImportOption;
import java.util.Collections;
import java.util.List;
import java.util.stream.Stream;
import org.backpropaganda.autograd.graph.Op;
import org.backpropaganda.autograd.graph.Operands;
import org.backpropaganda.autograd.kernel.Window;
import org.backpropaganda.autograd.tensor.DType;
import org.backpropaganda.autograd.tensor.TensorSpec;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/** Multiply-adds as the textbook counts them, of shapes whose sizes all differ. */
class MultiplyAddsTest {
    /** Kernel 3×2, stride 2×1, padding 1×0: an image of 5×7 becomes one of 3×6. */
    private static final Window WINDOW = new Window(3, 2, 2, 1, 1, 0, 1, 1);

    private static Stream<Arguments> counts() {
        long steps = 5;
        long batch = 3;
        long inputs = 4;
        long width = 2;
        TensorSpec x = spec(steps, batch, inputs);
        TensorSpec state = spec(batch, width);
        return Stream.of(
                of(new MatMul(), 2 * 5 * 3, spec(2, 3), spec(3, 5)),
                of(new BatchMatMul(), 7 * 2 * 5 * 3, spec(7, 2, 3), spec(7, 3, 5)),
                of(new Linear(), 2 * 4 * 5 * 3, spec(2, 4, 3), spec(5, 3)),
                of(new LinearCrossEntropy(), 7 * 5 * 3, spec(7, 3), spec(5, 3), spec(DType.INT, 7)),
                of(new Conv2d(WINDOW, 2), 2 * (3 * 6) * 8 * (3 * 3 * 2), spec(2, 5, 7, 6), spec(8, 3, 3, 2)),
                of(
                        new Conv2dWeightGradient(WINDOW, 2),
                        2 * (3 * 6) * 8 * (3 * 3 * 2),
                        spec(2, 5, 7, 6),
                        spec(2, 3, 6, 8)),
                of(
                        new ConvTranspose2d(WINDOW, 2, 5, 7),
                        2 * (3 * 6) * 8 * (3 * 3 * 2),
                        spec(2, 3, 6, 8),
                        spec(8, 3, 3, 2)),
                of(
                        new Attention(2, false),
                        batch * 5 * 7 * (4 + 6),
                        spec(batch, 5, 4),
                        spec(batch, 7, 4),
                        spec(batch, 7, 6)),
                of(
                        new Rnn(Rnn.Nonlinearity.TANH),
                        steps * batch * width * (inputs + width),
                        x,
                        state,
                        spec(width, inputs),
                        spec(width, width)),
                of(
                        new Gru(),
                        steps * batch * 3 * width * (inputs + width),
                        x,
                        state,
                        spec(3 * width, inputs),
                        spec(3 * width, width),
                        spec(3 * width),
                        spec(3 * width)),
                of(
                        new Lstm(false),
                        steps * batch * 4 * width * (inputs + width),
                        x,
                        state,
                        state,
                        spec(4 * width, inputs),
                        spec(4 * width, width)));
    }

    private static Arguments of(Op op, long count, TensorSpec... inputs) {
        return Arguments.of(op, List.of(inputs), count);
    }

    @ParameterizedTest
    @MethodSource("counts")
    void areCounted(Op op, List<TensorSpec> inputs, long count) {
        Operands operands = new Operands(inputs, Collections.nCopies(inputs.size(), true));
        assertThat(op.multiplyAdds(operands, op.infer(inputs))).isEqualTo(count);
    }

    @Test
    void everyOpThatTellsThemIsHere() {
        assertThat(new ClassFileImporter()
                                .withImportOption(ImportOption.Predefined.DO_NOT_INCLUDE_TESTS)
                                .importPackages(MultiplyAddsTest.class.getPackageName())
                                .stream()
                                .filter(type -> type.isAssignableTo(Op.class)
                                        && type.tryGetMethod("multiplyAdds", Operands.class, TensorSpec.class)
                                                .isPresent())
                                .map(JavaClass::getSimpleName))
                .isNotEmpty()
                .isSubsetOf(counts().map(each -> each.get()[0].getClass().getSimpleName())
                        .toList());
    }
}
