package org.backpropaganda.autograd.op;

import static org.assertj.core.api.Assertions.assertThat;

import com.tngtech.archunit.core.domain.JavaClasses;
import com.tngtech.archunit.core.domain.JavaMethod;
import com.tngtech.archunit.core.domain.JavaModifier;
import com.tngtech.archunit.core.importer.ClassFileImporter;
import java.util.List;
import java.util.Set;
import java.util.stream.Collectors;
import org.backpropaganda.autograd.graph.Op;
import org.backpropaganda.autograd.graph.Operands;
import org.backpropaganda.autograd.graph.Tape;
import org.backpropaganda.autograd.graph.TapeObserver;
import org.backpropaganda.autograd.graph.Variable;
import org.backpropaganda.autograd.kernel.Window;
import org.backpropaganda.autograd.tensor.DType;
import org.backpropaganda.autograd.tensor.Engine;
import org.backpropaganda.autograd.tensor.Shape;
import org.backpropaganda.autograd.tensor.TensorScope;
import org.backpropaganda.autograd.tensor.TensorSpec;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/**
 * The static method of an op applies that op, with its attributes in their places, to its inputs in their order: contracts
 * apply ops by their constructors. Inputs have shapes of their own wherever the op allows.
 */
class OpMethodsTest {
    private static final Window PAIRS = new Window(1, 2, 1, 2, 0, 0, 1, 1);

    private final Engine engine = Engine.withoutMemory();
    private final TensorScope scope = engine.scope("");
    private final Tape tape = Tape.builder(scope)
            .observer(new TapeObserver() {
                @Override
                public void applied(Op op, Operands inputs, TensorSpec output, String path, boolean replay) {
                    applied = op;
                    specs = inputs.specs();
                }
            })
            .build();
    private @Nullable Op applied;
    private List<TensorSpec> specs = List.of();

    @AfterEach
    void close() {
        tape.close();
        engine.close();
    }

    private Variable of(long... dims) {
        return of(DType.FLOAT, dims);
    }

    private Variable of(DType dtype, long... dims) {
        return tape.constant(scope.allocate(Shape.of(dims), dtype));
    }

    private Variable labels(long... dims) {
        return of(DType.INT, dims);
    }

    /** The call was the last: what it has applied. */
    private void check(Object result, Op expected, Variable... inputs) {
        assertThat(result).isNotNull();
        assertThat(applied).isEqualTo(expected);
        assertThat(specs)
                .as(expected.name())
                .isEqualTo(List.of(inputs).stream().map(Variable::spec).toList());
    }

    @Test
    void ofOneElement() {
        Variable x = of(2, 3);
        check(Abs.abs(x), new Abs(), x);
        check(Clamp.clamp(x, -1, 2), new Clamp(-1, 2), x);
        check(Elu.elu(x, 0.7), new Elu(0.7), x);
        check(Exp.exp(x), new Exp(), x);
        check(Gelu.gelu(x), new Gelu(false), x);
        check(Gelu.geluTanh(x), new Gelu(true), x);
        check(Hardswish.hardswish(x), new Hardswish(), x);
        check(LeakyRelu.leakyRelu(x, 0.3), new LeakyRelu(0.3, false), x);
        check(LeakyRelu.leakyReluInPlace(Abs.abs(x), 0.3), new LeakyRelu(0.3, true), x);
        check(Log.log(x), new Log(), x);
        check(NormalCdf.normalCdf(x), new NormalCdf(), x);
        check(Pow.pow(x, 3), new Pow(3), x);
        check(Relu.relu(x), new Relu(false), x);
        check(Relu.reluInPlace(Abs.abs(x)), new Relu(true), x);
        check(Scale.scale(x, 3), new Scale(3, 0), x);
        check(Scale.scale(x, 3, 5), new Scale(3, 5), x);
        check(Sigmoid.sigmoid(x), new Sigmoid(), x);
        check(Silu.silu(x), new Silu(), x);
        check(Softplus.softplus(x), new Softplus(1), x);
        check(Softplus.softplus(x, 3), new Softplus(3), x);
        check(Sqrt.sqrt(x), new Sqrt(), x);
        check(Tanh.tanh(x), new Tanh(), x);
        check(Dropout.dropout(x, 0.25, 7), new Dropout(0.25, 7, Dropout.Unit.ELEMENT), x);
    }

    @Test
    void ofSeveralOperands() {
        Variable a = of(2, 3);
        Variable b = of(3);
        check(Add.add(a, b), new Add(), a, b);
        check(Add.addInPlace(a, b), new Add(true), a, b);
        check(Divide.divide(a, b), new Divide(), a, b);
        check(Maximum.maximum(a, b), new Maximum(), a, b);
        check(Minimum.minimum(a, b), new Minimum(), a, b);
        check(Multiply.multiply(a, b), new Multiply(), a, b);
        check(MultiplyDivide.multiplyDivide(a, b, a), new MultiplyDivide(), a, b, a);
        check(Subtract.subtract(a, b), new Subtract(), a, b);
        Variable bits = of(DType.BIT, 2, 3);
        check(Gate.where(bits, a), new Gate(true), a, bits);
        check(Gate.whereNot(bits, a), new Gate(false), a, bits);
        Variable condition = labels(2, 3);
        Variable scalar = of();
        check(Where.where(condition, b, scalar), new Where(), condition, b, scalar);
        check(MatMul.matmul(a, of(3, 5)), new MatMul(), a, of(3, 5));
        check(BatchMatMul.batchMatMul(of(4, 2, 3), of(4, 3, 5)), new BatchMatMul(), of(4, 2, 3), of(4, 3, 5));
        check(Linear.linear(a, of(5, 3)), new Linear(), a, of(5, 3));
        check(Linear.linear(a, of(5, 3), of(5)), new Linear(), a, of(5, 3), of(5));
        check(Concat.concat(1, a, of(2, 5)), new Concat(1), a, of(2, 5));
        check(Embedding.embedding(of(7, 3), labels(2)), new Embedding(), of(7, 3), labels(2));
        check(Gather.gather(a, -1, labels(2, 5)), new Gather(1), a, labels(2, 5));
    }

    @Test
    void ofAxes() {
        Variable x = of(2, 3, 5);
        check(Mean.mean(x, -1), new Mean(List.of(2), false), x);
        check(Mean.meanKeepingAxes(x, 0), new Mean(List.of(0), true), x);
        check(Sum.sum(x, -1), new Sum(List.of(2), false), x);
        check(Sum.sumKeepingAxes(x, 0), new Sum(List.of(0), true), x);
        check(Softmax.softmax(x), new Softmax(2), x);
        check(Softmax.softmax(x, -2), new Softmax(1), x);
        check(LogSoftmax.logSoftmax(x), new LogSoftmax(2), x);
        check(LogSoftmax.logSoftmax(x, -2), new LogSoftmax(1), x);
        check(CumulativeSum.cumulativeSum(x), new CumulativeSum(), x);
        check(Expand.expand(x, Shape.of(4, 2, 3, 5)), new Expand(Shape.of(4, 2, 3, 5)), x);
        check(IndexSelect.indexSelect(x, -1, 4, 0), new IndexSelect(2, List.of(4L, 0L)), x);
        check(Pad.padChannels(x, 1, 2), new Pad(List.of(0L, 0L, 1L), List.of(0L, 0L, 2L), 0), x);
        check(Slice.slice(x, -1, 1, 3), new Slice(2, 1, 3), x);
        check(Slice.split(x, -1, 1, 4), new Slice(2, 1, 4), x);
        check(Transpose.transpose(x), new Transpose(List.of(0, 2, 1)), x);
        check(Transpose.transpose(x, 2, 0, 1), new Transpose(List.of(2, 0, 1)), x);
        check(TopK.topK(x, 4, false), new TopK(4, false), x);
        check(TopK.topK(x, 4, true), new TopK(4, true), x);
    }

    @Test
    void ofImages() {
        Variable x = of(2, 4, 6, 8);
        check(AvgPool2d.avgPool2d(x, PAIRS), new AvgPool2d(PAIRS, true), x);
        check(MaxPool2d.maxPool2d(x, PAIRS), new MaxPool2d(PAIRS), x);
        Variable odd = of(1, 5, 7, 1);
        check(AdaptiveAvgPool2d.adaptiveAvgPool2d(odd, 3, 4), new AdaptiveAvgPool2d(3, 4), odd);
        check(AdaptiveMaxPool2d.adaptiveMaxPool2d(odd, 3, 4), new AdaptiveMaxPool2d(3, 4), odd);
        check(UpsampleNearest.upsampleNearest(x, 3), new UpsampleNearest(3), x);
        check(UpsampleBilinear.upsampleBilinear(x, 5, 7, true), new UpsampleBilinear(5, 7, true), x);
        check(UpsampleBilinear.upsampleBilinear(x, 2, false), new UpsampleBilinear(8, 12, false), x);
        Variable w = of(4, 4, 1, 2);
        Variable b = of(4);
        check(Conv2d.conv2d(x, w, PAIRS, 2), new Conv2d(PAIRS, 2), x, w);
        check(Conv2d.conv2d(x, w, b, PAIRS, 2), new Conv2d(PAIRS, 2), x, w, b);
        Variable g = of(2, 4, 3, 4);
        check(Conv2dWeightGradient.conv2dWeightGradient(x, g, PAIRS, 2), new Conv2dWeightGradient(PAIRS, 2), x, g);
        check(ConvTranspose2d.convTranspose2d(g, w, PAIRS, 2, 4, 6), new ConvTranspose2d(PAIRS, 2, 4, 6), g, w);
        check(
                ConvTranspose2d.convTranspose2d(g, w, of(8), PAIRS, 2, 4, 6),
                new ConvTranspose2d(PAIRS, 2, 4, 6),
                g,
                w,
                of(8));
        Variable gamma = of(8);
        check(GroupNorm.groupNorm(x, gamma, gamma, 4, 0.1), new GroupNorm(4, 0.1), x, gamma, gamma);
    }

    @Test
    void ofRowsAndSequences() {
        Variable x = of(5, 2, 4);
        Variable gamma = of(4);
        check(LayerNorm.layerNorm(x, gamma, gamma, 0.1), new LayerNorm(0.1), x, gamma, gamma);
        check(RmsNorm.rmsNorm(x, gamma, 0.1), new RmsNorm(0.1), x, gamma);
        check(Rotary.rotary(x, 2, 100), new Rotary(2, 100), x);
        Variable q = of(3, 5, 4);
        Variable k = of(3, 7, 4);
        Variable v = of(3, 7, 6);
        check(Attention.attention(q, k, v, 2, false), new Attention(2, false), q, k, v);
        check(Attention.attention(q, k, v, labels(3, 7), 2, false), new Attention(2, false), q, k, v, labels(3, 7));
        check(Attention.attention(q, q, q, 2, true), new Attention(2, true), q, q, q);
        Variable h = of(2, 3);
        check(
                Rnn.rnn(x, h, Rnn.Nonlinearity.RELU, of(3, 4), of(3, 3)),
                new Rnn(Rnn.Nonlinearity.RELU),
                x,
                h,
                of(3, 4),
                of(3, 3));
        check(Gru.gru(x, h, of(9, 4), of(9, 3)), new Gru(), x, h, of(9, 4), of(9, 3));
    }

    @Test
    void ofLosses() {
        Variable a = of(2, 3);
        Variable b = of(2, 3);
        check(Huber.huber(a, b, 0.7), new Huber(0.7), a, b);
        check(MeanSquaredError.meanSquaredError(a, b), new MeanSquaredError(), a, b);
        check(KlDivergence.klDivergence(a, b), new KlDivergence(), a, b);
        check(SigmoidCrossEntropy.binaryCrossEntropy(a, b), new SigmoidCrossEntropy(), a, b);
        Variable labels = labels(2);
        Variable cosines = of(2);
        check(
                CosineEmbeddingLoss.cosineEmbeddingLoss(a, b, labels, 0.2),
                new CosineEmbeddingLoss(0.2),
                cosines,
                labels);
        check(SoftmaxCrossEntropy.crossEntropy(a, labels), new SoftmaxCrossEntropy(), a, labels);
        check(
                LinearCrossEntropy.linearCrossEntropy(a, of(5, 3), labels),
                new LinearCrossEntropy(),
                a,
                of(5, 3),
                labels);
        LabelWeights weights = LabelWeights.ofClasses(1, 2, 3);
        check(
                NegativeLogLikelihood.negativeLogLikelihood(a, labels),
                new NegativeLogLikelihood(LabelWeights.equal()),
                a,
                labels);
        check(
                NegativeLogLikelihood.negativeLogLikelihood(a, labels, weights),
                new NegativeLogLikelihood(weights),
                a,
                labels);
        check(
                WeightedCrossEntropy.weightedCrossEntropy(a, labels, 0.1, weights),
                new WeightedCrossEntropy(0.1, weights),
                a,
                labels);
    }

    /** Views tell no observer, an LSTM's result is more than a variable, {@code positive} is no op: they have tests of their own. */
    @Test
    void everyMethodIsHere() {
        JavaClasses ops = new ClassFileImporter().importPackages(OpMethodsTest.class.getPackageName());
        Set<String> called = ops.get(OpMethodsTest.class).getMethodCallsFromSelf().stream()
                .map(call -> call.getTarget().getFullName())
                .collect(Collectors.toSet());
        assertThat(ops.stream()
                        .filter(type -> type.isAssignableTo(Op.class)
                                && type.getModifiers().contains(JavaModifier.PUBLIC)
                                && !Set.of("Reshape", "Identity", "Lstm").contains(type.getSimpleName()))
                        .flatMap(type -> type.getMethods().stream())
                        .filter(method -> method.getModifiers().contains(JavaModifier.PUBLIC)
                                && method.getModifiers().contains(JavaModifier.STATIC)
                                && !Set.of("positive", "padded").contains(method.getName()))
                        .map(JavaMethod::getFullName))
                .hasSizeGreaterThan(80)
                .isSubsetOf(called);
    }
}
