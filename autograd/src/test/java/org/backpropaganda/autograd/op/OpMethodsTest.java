package org.backpropaganda.autograd.op;

import static org.assertj.core.api.Assertions.assertThat;
import static org.backpropaganda.autograd.op.Ops.abs;
import static org.backpropaganda.autograd.op.Ops.adaptiveAvgPool2d;
import static org.backpropaganda.autograd.op.Ops.adaptiveMaxPool2d;
import static org.backpropaganda.autograd.op.Ops.attention;
import static org.backpropaganda.autograd.op.Ops.avgPool2d;
import static org.backpropaganda.autograd.op.Ops.batchMatMul;
import static org.backpropaganda.autograd.op.Ops.batchNorm;
import static org.backpropaganda.autograd.op.Ops.batchNormInference;
import static org.backpropaganda.autograd.op.Ops.batchNormRelu;
import static org.backpropaganda.autograd.op.Ops.binaryCrossEntropy;
import static org.backpropaganda.autograd.op.Ops.clamp;
import static org.backpropaganda.autograd.op.Ops.concat;
import static org.backpropaganda.autograd.op.Ops.conv2d;
import static org.backpropaganda.autograd.op.Ops.conv2dWeightGradient;
import static org.backpropaganda.autograd.op.Ops.convTranspose2d;
import static org.backpropaganda.autograd.op.Ops.cosineEmbeddingLoss;
import static org.backpropaganda.autograd.op.Ops.crossEntropy;
import static org.backpropaganda.autograd.op.Ops.cumulativeSum;
import static org.backpropaganda.autograd.op.Ops.dividedBy;
import static org.backpropaganda.autograd.op.Ops.dropout;
import static org.backpropaganda.autograd.op.Ops.elu;
import static org.backpropaganda.autograd.op.Ops.embedding;
import static org.backpropaganda.autograd.op.Ops.exp;
import static org.backpropaganda.autograd.op.Ops.expand;
import static org.backpropaganda.autograd.op.Ops.gather;
import static org.backpropaganda.autograd.op.Ops.gelu;
import static org.backpropaganda.autograd.op.Ops.geluTanh;
import static org.backpropaganda.autograd.op.Ops.groupNorm;
import static org.backpropaganda.autograd.op.Ops.gru;
import static org.backpropaganda.autograd.op.Ops.hardswish;
import static org.backpropaganda.autograd.op.Ops.huber;
import static org.backpropaganda.autograd.op.Ops.indexSelect;
import static org.backpropaganda.autograd.op.Ops.klDivergence;
import static org.backpropaganda.autograd.op.Ops.layerNorm;
import static org.backpropaganda.autograd.op.Ops.leakyRelu;
import static org.backpropaganda.autograd.op.Ops.leakyReluInPlace;
import static org.backpropaganda.autograd.op.Ops.linear;
import static org.backpropaganda.autograd.op.Ops.linearCrossEntropy;
import static org.backpropaganda.autograd.op.Ops.log;
import static org.backpropaganda.autograd.op.Ops.logSoftmax;
import static org.backpropaganda.autograd.op.Ops.matmul;
import static org.backpropaganda.autograd.op.Ops.maxPool2d;
import static org.backpropaganda.autograd.op.Ops.maximum;
import static org.backpropaganda.autograd.op.Ops.mean;
import static org.backpropaganda.autograd.op.Ops.meanKeepingAxes;
import static org.backpropaganda.autograd.op.Ops.meanSquaredError;
import static org.backpropaganda.autograd.op.Ops.minimum;
import static org.backpropaganda.autograd.op.Ops.minus;
import static org.backpropaganda.autograd.op.Ops.negate;
import static org.backpropaganda.autograd.op.Ops.negativeLogLikelihood;
import static org.backpropaganda.autograd.op.Ops.normalCdf;
import static org.backpropaganda.autograd.op.Ops.padChannels;
import static org.backpropaganda.autograd.op.Ops.plus;
import static org.backpropaganda.autograd.op.Ops.plusInPlace;
import static org.backpropaganda.autograd.op.Ops.pow;
import static org.backpropaganda.autograd.op.Ops.relu;
import static org.backpropaganda.autograd.op.Ops.reluInPlace;
import static org.backpropaganda.autograd.op.Ops.rmsNorm;
import static org.backpropaganda.autograd.op.Ops.rnn;
import static org.backpropaganda.autograd.op.Ops.rotary;
import static org.backpropaganda.autograd.op.Ops.scale;
import static org.backpropaganda.autograd.op.Ops.sigmoid;
import static org.backpropaganda.autograd.op.Ops.silu;
import static org.backpropaganda.autograd.op.Ops.slice;
import static org.backpropaganda.autograd.op.Ops.softmax;
import static org.backpropaganda.autograd.op.Ops.softplus;
import static org.backpropaganda.autograd.op.Ops.split;
import static org.backpropaganda.autograd.op.Ops.sqrt;
import static org.backpropaganda.autograd.op.Ops.square;
import static org.backpropaganda.autograd.op.Ops.sum;
import static org.backpropaganda.autograd.op.Ops.sumKeepingAxes;
import static org.backpropaganda.autograd.op.Ops.tanh;
import static org.backpropaganda.autograd.op.Ops.times;
import static org.backpropaganda.autograd.op.Ops.timesDividedBy;
import static org.backpropaganda.autograd.op.Ops.topK;
import static org.backpropaganda.autograd.op.Ops.transpose;
import static org.backpropaganda.autograd.op.Ops.upsampleBilinear;
import static org.backpropaganda.autograd.op.Ops.upsampleNearest;
import static org.backpropaganda.autograd.op.Ops.weightedCrossEntropy;
import static org.backpropaganda.autograd.op.Ops.where;
import static org.backpropaganda.autograd.op.Ops.whereNot;

import com.tngtech.archunit.core.domain.JavaClasses;
import com.tngtech.archunit.core.domain.JavaMethod;
import com.tngtech.archunit.core.domain.JavaModifier;
import com.tngtech.archunit.core.importer.ClassFileImporter;
import java.util.List;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.Stream;
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
 * A method of {@link Ops} applies its op, with its attributes in their places, to its inputs in their order: contracts
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
        check(abs(x), new Abs(), x);
        check(clamp(x, -1, 2), new Clamp(-1, 2), x);
        check(elu(x, 0.7), new Elu(0.7), x);
        check(exp(x), new Exp(), x);
        check(gelu(x), new Gelu(false), x);
        check(geluTanh(x), new Gelu(true), x);
        check(hardswish(x), new Hardswish(), x);
        check(leakyRelu(x, 0.3), new LeakyRelu(0.3, false), x);
        check(leakyReluInPlace(abs(x), 0.3), new LeakyRelu(0.3, true), x);
        check(log(x), new Log(), x);
        check(normalCdf(x), new NormalCdf(), x);
        check(pow(x, 3), new Pow(3), x);
        check(relu(x), new Relu(false), x);
        check(reluInPlace(abs(x)), new Relu(true), x);
        check(scale(x, 3), new Scale(3, 0), x);
        check(scale(x, 3, 5), new Scale(3, 5), x);
        check(sigmoid(x), new Sigmoid(), x);
        check(silu(x), new Silu(), x);
        check(softplus(x), new Softplus(1), x);
        check(softplus(x, 3), new Softplus(3), x);
        check(sqrt(x), new Sqrt(), x);
        check(tanh(x), new Tanh(), x);
        check(negate(x), new Scale(-1, 0), x);
        check(square(x), new Multiply(), x, x);
        check(plus(x, 3), new Scale(1, 3), x);
        check(plus(3, x), new Scale(1, 3), x);
        check(minus(x, 3), new Scale(1, -3), x);
        check(minus(3, x), new Scale(-1, 3), x);
        check(times(x, 3), new Scale(3, 0), x);
        check(times(3, x), new Scale(3, 0), x);
        check(dividedBy(x, 4), new Scale(0.25, 0), x);
        check(dividedBy(3, x), new Scale(3, 0), x);
        check(dropout(x, 0.25, 7), new Dropout(0.25, 7, Dropout.Unit.ELEMENT), x);
    }

    @Test
    void ofSeveralOperands() {
        Variable a = of(2, 3);
        Variable b = of(3);
        check(plus(a, b), new Add(), a, b);
        check(plusInPlace(a, b), new Add(true), a, b);
        check(dividedBy(a, b), new Divide(), a, b);
        check(maximum(a, b), new Maximum(), a, b);
        check(minimum(a, b), new Minimum(), a, b);
        check(times(a, b), new Multiply(), a, b);
        check(timesDividedBy(a, b, a), new MultiplyDivide(), a, b, a);
        check(minus(a, b), new Subtract(), a, b);
        Variable bits = of(DType.BIT, 2, 3);
        check(where(bits, a), new Gate(true), a, bits);
        check(whereNot(bits, a), new Gate(false), a, bits);
        Variable condition = labels(2, 3);
        Variable scalar = of();
        check(where(condition, b, scalar), new Where(), condition, b, scalar);
        check(matmul(a, of(3, 5)), new MatMul(), a, of(3, 5));
        check(batchMatMul(of(4, 2, 3), of(4, 3, 5)), new BatchMatMul(), of(4, 2, 3), of(4, 3, 5));
        check(linear(a, of(5, 3)), new Linear(), a, of(5, 3));
        check(linear(a, of(5, 3), of(5)), new Linear(), a, of(5, 3), of(5));
        check(concat(1, a, of(2, 5)), new Concat(1), a, of(2, 5));
        check(embedding(of(7, 3), labels(2)), new Embedding(), of(7, 3), labels(2));
        check(gather(a, -1, labels(2, 5)), new Gather(1), a, labels(2, 5));
    }

    @Test
    void ofAxes() {
        Variable x = of(2, 3, 5);
        check(mean(x, -1), new Mean(List.of(2), false), x);
        check(meanKeepingAxes(x, 0), new Mean(List.of(0), true), x);
        check(sum(x, -1), new Sum(List.of(2), false), x);
        check(sumKeepingAxes(x, 0), new Sum(List.of(0), true), x);
        check(softmax(x), new Softmax(2), x);
        check(softmax(x, -2), new Softmax(1), x);
        check(logSoftmax(x), new LogSoftmax(2), x);
        check(logSoftmax(x, -2), new LogSoftmax(1), x);
        check(cumulativeSum(x), new CumulativeSum(), x);
        check(expand(x, Shape.of(4, 2, 3, 5)), new Expand(Shape.of(4, 2, 3, 5)), x);
        check(indexSelect(x, -1, 4, 0), new IndexSelect(2, List.of(4L, 0L)), x);
        check(padChannels(x, 1, 2), new Pad(List.of(0L, 0L, 1L), List.of(0L, 0L, 2L), 0), x);
        check(slice(x, -1, 1, 3), new Slice(2, 1, 3), x);
        check(split(x, -1, 1, 4), new Slice(2, 1, 4), x);
        check(transpose(x), new Transpose(List.of(0, 2, 1)), x);
        check(transpose(x, 2, 0, 1), new Transpose(List.of(2, 0, 1)), x);
        check(topK(x, 4, false), new TopK(4, false), x);
        check(topK(x, 4, true), new TopK(4, true), x);
    }

    @Test
    void ofImages() {
        Variable x = of(2, 4, 6, 8);
        check(avgPool2d(x, PAIRS), new AvgPool2d(PAIRS, true), x);
        check(maxPool2d(x, PAIRS), new MaxPool2d(PAIRS), x);
        Variable odd = of(1, 5, 7, 1);
        check(adaptiveAvgPool2d(odd, 3, 4), new AdaptiveAvgPool2d(3, 4), odd);
        check(adaptiveMaxPool2d(odd, 3, 4), new AdaptiveMaxPool2d(3, 4), odd);
        check(upsampleNearest(x, 3), new UpsampleNearest(3), x);
        check(upsampleBilinear(x, 5, 7, true), new UpsampleBilinear(5, 7, true), x);
        check(upsampleBilinear(x, 2, false), new UpsampleBilinear(8, 12, false), x);
        Variable w = of(4, 4, 1, 2);
        Variable b = of(4);
        check(conv2d(x, w, PAIRS, 2), new Conv2d(PAIRS, 2), x, w);
        check(conv2d(x, w, b, PAIRS, 2), new Conv2d(PAIRS, 2), x, w, b);
        Variable g = of(2, 4, 3, 4);
        check(conv2dWeightGradient(x, g, PAIRS, 2), new Conv2dWeightGradient(PAIRS, 2), x, g);
        check(convTranspose2d(g, w, PAIRS, 2, 4, 6), new ConvTranspose2d(PAIRS, 2, 4, 6), g, w);
        check(convTranspose2d(g, w, of(8), PAIRS, 2, 4, 6), new ConvTranspose2d(PAIRS, 2, 4, 6), g, w, of(8));
        Variable gamma = of(8);
        check(batchNorm(x, gamma, of(8), 0.1), new BatchNorm(0.1), x, gamma, gamma);
        check(batchNormRelu(x, gamma, of(8), 0.1), new BatchNormRelu(0.1), x, gamma, gamma);
        check(
                batchNormInference(x, gamma, gamma, gamma, gamma, 0.1),
                new BatchNormInference(0.1),
                x,
                gamma,
                gamma,
                gamma,
                gamma);
        check(groupNorm(x, gamma, gamma, 4, 0.1), new GroupNorm(4, 0.1), x, gamma, gamma);
    }

    @Test
    void ofRowsAndSequences() {
        Variable x = of(5, 2, 4);
        Variable gamma = of(4);
        check(layerNorm(x, gamma, gamma, 0.1), new LayerNorm(0.1), x, gamma, gamma);
        check(rmsNorm(x, gamma, 0.1), new RmsNorm(0.1), x, gamma);
        check(rotary(x, 2, 100), new Rotary(2, 100), x);
        Variable q = of(3, 5, 4);
        Variable k = of(3, 7, 4);
        Variable v = of(3, 7, 6);
        check(attention(q, k, v, 2, false), new Attention(2, false), q, k, v);
        check(attention(q, k, v, labels(3, 7), 2, false), new Attention(2, false), q, k, v, labels(3, 7));
        check(attention(q, q, q, 2, true), new Attention(2, true), q, q, q);
        Variable h = of(2, 3);
        check(
                rnn(x, h, Rnn.Nonlinearity.RELU, of(3, 4), of(3, 3)),
                new Rnn(Rnn.Nonlinearity.RELU),
                x,
                h,
                of(3, 4),
                of(3, 3));
        check(gru(x, h, of(9, 4), of(9, 3)), new Gru(), x, h, of(9, 4), of(9, 3));
    }

    @Test
    void ofLosses() {
        Variable a = of(2, 3);
        Variable b = of(2, 3);
        check(huber(a, b, 0.7), new Huber(0.7), a, b);
        check(meanSquaredError(a, b), new MeanSquaredError(), a, b);
        check(klDivergence(a, b), new KlDivergence(), a, b);
        check(binaryCrossEntropy(a, b), new SigmoidCrossEntropy(), a, b);
        Variable labels = labels(2);
        Variable cosines = of(2);
        check(cosineEmbeddingLoss(a, b, labels, 0.2), new CosineEmbeddingLoss(0.2), cosines, labels);
        check(crossEntropy(a, labels), new SoftmaxCrossEntropy(), a, labels);
        check(linearCrossEntropy(a, of(5, 3), labels), new LinearCrossEntropy(), a, of(5, 3), labels);
        LabelWeights weights = LabelWeights.ofClasses(1, 2, 3);
        check(negativeLogLikelihood(a, labels), new NegativeLogLikelihood(LabelWeights.equal()), a, labels);
        check(negativeLogLikelihood(a, labels, weights), new NegativeLogLikelihood(weights), a, labels);
        check(weightedCrossEntropy(a, labels, 0.1, weights), new WeightedCrossEntropy(0.1, weights), a, labels);
    }

    /** Views tell no observer, and what is made of several ops, or of none, has tests of its own. */
    @Test
    void everyMethodIsHere() {
        JavaClasses ops = new ClassFileImporter().importPackages(OpMethodsTest.class.getPackageName());
        Set<String> called = ops.get(OpMethodsTest.class).getMethodCallsFromSelf().stream()
                .map(call -> call.getTarget().getFullName())
                .collect(Collectors.toSet());
        Set<String> composed =
                Set.of("lstm", "lstmWithConstantState", "conv1d", "cosineSimilarity", "einsum", "l1Loss");
        Set<String> rearranged = Set.of("globalAvgPool2d", "spaceToDepth", "depthToSpace", "channelShuffle");
        Set<String> aliases = Set.of("reshape", "flatten", "hold", "positive");
        assertThat(ops.get(Ops.class).getMethods().stream()
                        .filter(method -> method.getModifiers().contains(JavaModifier.PUBLIC))
                        .filter(method -> Stream.of(composed, rearranged, aliases)
                                .noneMatch(names -> names.contains(method.getName())))
                        .map(JavaMethod::getFullName))
                .hasSizeGreaterThan(90)
                .isSubsetOf(called);
    }
}
