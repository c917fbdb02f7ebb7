package org.backpropaganda.autograd.op;

import java.util.List;
import org.backpropaganda.autograd.graph.Tape;
import org.backpropaganda.autograd.graph.Variable;
import org.backpropaganda.autograd.kernel.Window;
import org.backpropaganda.autograd.tensor.Shape;

/**
 * Every op as a static method under a short name, to be imported as one:
 *
 * <pre>{@code
 * import static org.backpropaganda.autograd.op.Ops.*;
 *
 * Variable norm = sqrt(sum(square(x), 1));          // x [N, K] → [N]
 * Variable penalty = mean(square(minus(norm, 1)));  // []
 * }</pre>
 *
 * Results are on the tape of the first operand. A shape or element type that does not fit is refused with a {@link
 * org.backpropaganda.autograd.tensor.ShapeException} that names the op and what came. What an op keeps for backward, its
 * derivative at kinks and its source stand at the record of its name, as {@link Relu} or {@link Conv2d}; attributes that
 * no method here takes are components of that record, to be applied by {@link Tape#apply(org.backpropaganda.autograd.graph.Op, Variable...)}.
 */
public final class Ops {
    /* One file, long as it is: users import the methods of one class, and each method is one line. */
    private Ops() {}

    /** a + b, elementwise; shapes broadcast as in NumPy. */
    public static Variable plus(Variable a, Variable b) {
        return Add.add(a, b);
    }

    /** a + b for a number b: x [*] → [*]. */
    public static Variable plus(Variable a, double b) {
        return Scale.scale(a, 1, b);
    }

    /** a + b for a number a: b [*] → [*]. */
    public static Variable plus(double a, Variable b) {
        return Scale.scale(b, 1, a);
    }

    /** a + b in the bytes of b, which is consumed; in bytes of its own if somebody else holds them, or if b has not the shape of the sum. */
    public static Variable plusInPlace(Variable a, Variable b) {
        return Add.addInPlace(a, b);
    }

    /** a − b, elementwise; shapes broadcast as in NumPy. */
    public static Variable minus(Variable a, Variable b) {
        return Subtract.subtract(a, b);
    }

    /** a − b for a number b: a [*] → [*]. */
    public static Variable minus(Variable a, double b) {
        return Scale.scale(a, 1, -b);
    }

    /** a − b for a number a: b [*] → [*]. */
    public static Variable minus(double a, Variable b) {
        return Scale.scale(b, -1, a);
    }

    /** −x: x [*] → [*]. */
    public static Variable negate(Variable x) {
        return Scale.scale(x, -1);
    }

    /** a · b, elementwise; shapes broadcast as in NumPy. */
    public static Variable times(Variable a, Variable b) {
        return Multiply.multiply(a, b);
    }

    /** a · b for a number b: a [*] → [*]. */
    public static Variable times(Variable a, double b) {
        return Scale.scale(a, b);
    }

    /** a · b for a number a: b [*] → [*]. */
    public static Variable times(double a, Variable b) {
        return Scale.scale(b, a);
    }

    /** a / b, elementwise; shapes broadcast as in NumPy. */
    public static Variable dividedBy(Variable a, Variable b) {
        return Divide.divide(a, b);
    }

    /** a / b for a number b, computed as a · (1 / b): a [*] → [*]. */
    public static Variable dividedBy(Variable a, double b) {
        return Scale.scale(a, 1 / b);
    }

    /** a / b for a number a, computed as a · b⁻¹: b [*] → [*]. */
    public static Variable dividedBy(double a, Variable b) {
        return Scale.scale(Pow.pow(b, -1), a);
    }

    /** a · b / c, elementwise, with no overflow or underflow of the product; shapes broadcast as in NumPy. */
    public static Variable timesDividedBy(Variable a, Variable b, Variable c) {
        return MultiplyDivide.multiplyDivide(a, b, c);
    }

    /** factor · x: x [*] → [*]. */
    public static Variable scale(Variable x, double factor) {
        return Scale.scale(x, factor);
    }

    /** factor · x + offset, rounded once: x [*] → [*]. */
    public static Variable scale(Variable x, double factor, double offset) {
        return Scale.scale(x, factor, offset);
    }

    /** The larger of a and b, elementwise; NaN where either is; shapes broadcast as in NumPy. */
    public static Variable maximum(Variable a, Variable b) {
        return Maximum.maximum(a, b);
    }

    /** The smaller of a and b, elementwise; NaN where either is; shapes broadcast as in NumPy. */
    public static Variable minimum(Variable a, Variable b) {
        return Minimum.minimum(a, b);
    }

    /** x², computed as x · x: x [*] → [*]. */
    public static Variable square(Variable x) {
        return Multiply.multiply(x, x);
    }

    /** √x, NaN for negative x; the derivative at 0 is infinite: x [*] → [*]. */
    public static Variable sqrt(Variable x) {
        return Sqrt.sqrt(x);
    }

    /** x to the power of a constant; NaN for negative x unless the exponent is an integer: x [*] → [*]. */
    public static Variable pow(Variable x, double exponent) {
        return Pow.pow(x, exponent);
    }

    /** exp(x): x [*] → [*]. */
    public static Variable exp(Variable x) {
        return Exp.exp(x);
    }

    /** Natural logarithm, −∞ at 0, NaN below: x [*] → [*]. */
    public static Variable log(Variable x) {
        return Log.log(x);
    }

    /** |x|; the derivative at 0 is 0: x [*] → [*]. */
    public static Variable abs(Variable x) {
        return Abs.abs(x);
    }

    /** min(max(x, low), high); gradients pass within the limits and at them: x [*] → [*]. */
    public static Variable clamp(Variable x, double low, double high) {
        return Clamp.clamp(x, low, high);
    }

    /** Distribution function Φ of the standard normal: x [*] → [*]. */
    public static Variable normalCdf(Variable x) {
        return NormalCdf.normalCdf(x);
    }

    /** max(x, 0); the derivative at 0 is 0: x [*] → [*]. */
    public static Variable relu(Variable x) {
        return Relu.relu(x);
    }

    /** max(x, 0) in the bytes of x, which is consumed; in bytes of its own if somebody else holds them: x [*] → [*]. */
    public static Variable reluInPlace(Variable x) {
        return Relu.reluInPlace(x);
    }

    /** x where x &gt; 0, slope · x elsewhere; the derivative at 0 is the slope: x [*] → [*]. */
    public static Variable leakyRelu(Variable x, double slope) {
        return LeakyRelu.leakyRelu(x, slope);
    }

    /** x where x &gt; 0, slope · x elsewhere, in the bytes of x, which is consumed; in bytes of its own if somebody else holds them: x [*] → [*]. */
    public static Variable leakyReluInPlace(Variable x, double slope) {
        return LeakyRelu.leakyReluInPlace(x, slope);
    }

    /** x where x &gt; 0, alpha (exp(x) − 1) elsewhere, for a positive alpha: x [*] → [*]. */
    public static Variable elu(Variable x, double alpha) {
        return Elu.elu(x, alpha);
    }

    /** x Φ(x), Φ the distribution function of the standard normal: x [*] → [*]. */
    public static Variable gelu(Variable x) {
        return Gelu.gelu(x);
    }

    /** x (1 + tanh(√(2/π) (x + 0.044715 x³))) / 2, within 0.0005 of x Φ(x): x [*] → [*]. */
    public static Variable geluTanh(Variable x) {
        return Gelu.geluTanh(x);
    }

    /** x / (1 + exp(−x)), also called swish: x [*] → [*]. */
    public static Variable silu(Variable x) {
        return Silu.silu(x);
    }

    /** x min(max(x + 3, 0), 6) / 6: x [*] → [*]. */
    public static Variable hardswish(Variable x) {
        return Hardswish.hardswish(x);
    }

    /** Logistic function 1 / (1 + exp(−x)): x [*] → [*]. */
    public static Variable sigmoid(Variable x) {
        return Sigmoid.sigmoid(x);
    }

    /** Hyperbolic tangent: x [*] → [*]. */
    public static Variable tanh(Variable x) {
        return Tanh.tanh(x);
    }

    /** log(1 + exp(x)), without overflow: x [*] → [*]. */
    public static Variable softplus(Variable x) {
        return Softplus.softplus(x);
    }

    /** log(1 + exp(beta x)) / beta, without overflow, for a positive beta: x [*] → [*]. */
    public static Variable softplus(Variable x, double beta) {
        return Softplus.softplus(x, beta);
    }

    /** Zeroes elements with a probability in [0, 1) and scales the others by 1 / (1 − probability); the mask is a function of the key: x [*] → [*]. */
    public static Variable dropout(Variable x, double probability, long key) {
        return Dropout.dropout(x, probability, key);
    }

    /** Sum over axes, which may count from the end and disappear; over all of them where none is given: x [*] → [* without the axes]. */
    public static Variable sum(Variable x, int... axes) {
        return Sum.sum(x, axes);
    }

    /** Sum over axes, which may count from the end and stay with size 1; over all of them where none is given. */
    public static Variable sumKeepingAxes(Variable x, int... axes) {
        return Sum.sumKeepingAxes(x, axes);
    }

    /** Mean over axes, which may count from the end and disappear; over all of them where none is given: x [*] → [* without the axes]. */
    public static Variable mean(Variable x, int... axes) {
        return Mean.mean(x, axes);
    }

    /** Mean over axes, which may count from the end and stay with size 1; over all of them where none is given. */
    public static Variable meanKeepingAxes(Variable x, int... axes) {
        return Mean.meanKeepingAxes(x, axes);
    }

    /** Sums of each element and all before it along the last axis: x [..., C] → [..., C]. */
    public static Variable cumulativeSum(Variable x) {
        return CumulativeSum.cumulativeSum(x);
    }

    /** exp(x) / Σ exp(x) along the last axis: x [*] → [*]. */
    public static Variable softmax(Variable x) {
        return Softmax.softmax(x);
    }

    /** exp(x) / Σ exp(x) along an axis, which may count from the end: x [*] → [*]. */
    public static Variable softmax(Variable x, int axis) {
        return Softmax.softmax(x, axis);
    }

    /** x − log Σ exp(x) along the last axis: x [*] → [*]. */
    public static Variable logSoftmax(Variable x) {
        return LogSoftmax.logSoftmax(x);
    }

    /** x − log Σ exp(x) along an axis, which may count from the end: x [*] → [*]. */
    public static Variable logSoftmax(Variable x, int axis) {
        return LogSoftmax.logSoftmax(x, axis);
    }

    /** The k largest elements of each row, or the k smallest, best first; its one result are their positions, INT [..., k]: x [..., C] → [..., k]. */
    public static Tape.Applied topK(Variable x, int k, boolean largest) {
        return TopK.topK(x, k, largest);
    }

    /** Matrix product: a [M, K], b [K, N] → [M, N]. */
    public static Variable matmul(Variable a, Variable b) {
        return MatMul.matmul(a, b);
    }

    /** Matrix products of stacks of equal leading axes: a [..., M, K], b [..., K, N] → [..., M, N]. */
    public static Variable batchMatMul(Variable a, Variable b) {
        return BatchMatMul.batchMatMul(a, b);
    }

    /** x wᵀ: x [..., I], w [O, I] → [..., O]. */
    public static Variable linear(Variable x, Variable w) {
        return Linear.linear(x, w);
    }

    /** x wᵀ + b: x [..., I], w [O, I], b [O] → [..., O]. */
    public static Variable linear(Variable x, Variable w, Variable b) {
        return Linear.linear(x, w, b);
    }

    /** Einstein's sum of one or two operands, as in {@code einsum("bik,bkj->bij", a, b)}; without an arrow the labels that occur once remain, in alphabetical order. */
    public static Variable einsum(String equation, Variable... operands) {
        return Einsum.einsum(equation, operands);
    }

    /** x under another shape of as many elements, sharing its bytes; one size may be −1, which is then inferred. */
    public static Variable reshape(Variable x, long... sizes) {
        return Reshape.reshape(x, sizes);
    }

    /** x as a matrix of its first axis and all others, sharing its bytes: x [N, *] → [N, product of *]. */
    public static Variable flatten(Variable x) {
        return Reshape.flatten(x);
    }

    /** A second holder of the bytes of x, for a variable that an op in place would consume: x [*] → [*]. */
    public static Variable hold(Variable x) {
        return Identity.hold(x);
    }

    /** x with its axes in the given order; with the last two swapped where none is given. */
    public static Variable transpose(Variable x, int... order) {
        return Transpose.transpose(x, order);
    }

    /** x repeated to a shape that it broadcasts to, as in NumPy. */
    public static Variable expand(Variable x, Shape shape) {
        return Expand.expand(x, shape);
    }

    /** Tensors one after another along an axis, which may count from the end: [*, A_i, *] → [*, Σ A_i, *]. */
    public static Variable concat(int axis, Variable... parts) {
        return Concat.concat(axis, parts);
    }

    /** Consecutive parts of the given lengths along an axis, which may count from the end; the lengths add up to its size. */
    public static List<Variable> split(Variable x, int axis, long... lengths) {
        return Slice.split(x, axis, lengths);
    }

    /** Indices [from, from + length) of an axis, which may count from the end: x [*, A, *] → [*, length, *]. */
    public static Variable slice(Variable x, int axis, long from, long length) {
        return Slice.slice(x, axis, from, length);
    }

    /** Zeros before and behind the channels, the last axis: x [..., C] → [..., before + C + after]. */
    public static Variable padChannels(Variable x, long before, long after) {
        return Pad.padChannels(x, before, after);
    }

    /** x at the given positions of an axis, which may count from the end; a position may occur more than once. */
    public static Variable indexSelect(Variable x, int axis, long... positions) {
        return IndexSelect.indexSelect(x, axis, positions);
    }

    /** The elements that an index names along an axis, which may count from the end: x [*, A, *], index [*, B, *] of INT in [0, A) → [*, B, *]. */
    public static Variable gather(Variable x, int axis, Variable index) {
        return Gather.gather(x, axis, index);
    }

    /** The rows of w that ids name: w [V, E], ids [*] of INT in [0, V) → [*, E]. */
    public static Variable embedding(Variable w, Variable ids) {
        return Embedding.embedding(w, ids);
    }

    /** a where the condition is positive, b elsewhere: condition [*] of INT below 2³⁰, a and b that broadcast to its shape → [*]. */
    public static Variable where(Variable condition, Variable a, Variable b) {
        return Where.where(condition, a, b);
    }

    /** x where a bit is set, 0 elsewhere: bits [*] of BIT, x [*] → [*]. */
    public static Variable where(Variable bits, Variable x) {
        return Gate.where(bits, x);
    }

    /** x where a bit is not set, 0 elsewhere: bits [*] of BIT, x [*] → [*]. */
    public static Variable whereNot(Variable bits, Variable x) {
        return Gate.whereNot(bits, x);
    }

    /** Bits that are set where x is positive, which live until they are released and pass no gradient: x [*] → BIT [*]. */
    public static Variable positive(Variable x) {
        return Gate.positive(x);
    }

    /** Convolution of images: x [N, H, W, I], w [O, I/groups, kH, kW] → [N, H', W', O]. */
    public static Variable conv2d(Variable x, Variable w, Window window, int groups) {
        return Conv2d.conv2d(x, w, window, groups);
    }

    /** Convolution of images, with a bias: x [N, H, W, I], w [O, I/groups, kH, kW], b [O] → [N, H', W', O]. */
    public static Variable conv2d(Variable x, Variable w, Variable b, Window window, int groups) {
        return Conv2d.conv2d(x, w, b, window, groups);
    }

    /** Gradient of a convolution's weights, given its input x and the gradient g of its output: x [N, H, W, I], g [N, H', W', O] → [O, I/groups, kH, kW]. */
    public static Variable conv2dWeightGradient(Variable x, Variable g, Window window, int groups) {
        return Conv2dWeightGradient.conv2dWeightGradient(x, g, window, groups);
    }

    /** Convolution of sequences: x [N, L, I], w [O, I/groups, k] → [N, L', O]. */
    public static Variable conv1d(Variable x, Variable w, int stride, int padding, int dilation, int groups) {
        return Conv1d.conv1d(x, w, stride, padding, dilation, groups);
    }

    /** Convolution of sequences, with a bias [O]: x [N, L, I], w [O, I/groups, k] → [N, L', O]. */
    public static Variable conv1d(
            Variable x, Variable w, Variable b, int stride, int padding, int dilation, int groups) {
        return Conv1d.conv1d(x, w, b, stride, padding, dilation, groups);
    }

    /** Transposed convolution to images of a given size: x [N, H', W', I], w [I, O/groups, kH, kW] → [N, height, width, O]. */
    public static Variable convTranspose2d(Variable x, Variable w, Window window, int groups, long height, long width) {
        return ConvTranspose2d.convTranspose2d(x, w, window, groups, height, width);
    }

    /** Transposed convolution to images of a given size, with a bias: x [N, H', W', I], w [I, O/groups, kH, kW], b [O] → [N, height, width, O]. */
    public static Variable convTranspose2d(
            Variable x, Variable w, Variable b, Window window, int groups, long height, long width) {
        return ConvTranspose2d.convTranspose2d(x, w, b, window, groups, height, width);
    }

    /** Mean of each window, zeros of the padding counted: x [N, H, W, C] → [N, H', W', C]. */
    public static Variable avgPool2d(Variable x, Window window) {
        return AvgPool2d.avgPool2d(x, window);
    }

    /** Maximum of each window: x [N, H, W, C] → [N, H', W', C]. */
    public static Variable maxPool2d(Variable x, Window window) {
        return MaxPool2d.maxPool2d(x, window);
    }

    /** Mean of each of height · width windows that cover an image: x [N, H, W, C] → [N, height, width, C]. */
    public static Variable adaptiveAvgPool2d(Variable x, long height, long width) {
        return AdaptiveAvgPool2d.adaptiveAvgPool2d(x, height, width);
    }

    /** Maximum of each of height · width windows that cover an image: x [N, H, W, C] → [N, height, width, C]. */
    public static Variable adaptiveMaxPool2d(Variable x, long height, long width) {
        return AdaptiveMaxPool2d.adaptiveMaxPool2d(x, height, width);
    }

    /** Mean of all pixels: x [N, H, W, C] → [N, C]. */
    public static Variable globalAvgPool2d(Variable x) {
        return GlobalAvgPool2d.globalAvgPool2d(x);
    }

    /** x with every pixel repeated factor times each way: x [N, H, W, C] → [N, factor · H, factor · W, C]. */
    public static Variable upsampleNearest(Variable x, int factor) {
        return UpsampleNearest.upsampleNearest(x, factor);
    }

    /** Images at another size, interpolated linearly both ways; with aligned corners, corner pixels keep their places: x [N, H, W, C] → [N, height, width, C]. */
    public static Variable upsampleBilinear(Variable x, long height, long width, boolean alignCorners) {
        return UpsampleBilinear.upsampleBilinear(x, height, width, alignCorners);
    }

    /** Images with both sides factor times as long, interpolated linearly both ways; with aligned corners, corner pixels keep their places: x [N, H, W, C] → [N, factor · H, factor · W, C]. */
    public static Variable upsampleBilinear(Variable x, int factor, boolean alignCorners) {
        return UpsampleBilinear.upsampleBilinear(x, factor, alignCorners);
    }

    /** Squares of block · block pixels become channels, which {@link #depthToSpace} undoes: x [N, H, W, C] → [N, H/block, W/block, block² C]. */
    public static Variable spaceToDepth(Variable x, int block) {
        return Rearrange.spaceToDepth(x, block);
    }

    /** Channels become squares of block · block pixels, which {@link #spaceToDepth} undoes: x [N, H, W, block² C] → [N, block · H, block · W, C]. */
    public static Variable depthToSpace(Variable x, int block) {
        return Rearrange.depthToSpace(x, block);
    }

    /** Channels dealt out of their groups in turn, (g, i) to (i, g): x [..., C] → [..., C]. */
    public static Variable channelShuffle(Variable x, int groups) {
        return Rearrange.channelShuffle(x, groups);
    }

    /** γ (x − μ) / √(σ² + ε) + β with the batch's μ and biased σ² of each channel, its two results: x [..., C], γ [C], β [C] → [..., C]. */
    public static Tape.Applied batchNorm(Variable x, Variable gamma, Variable beta, double epsilon) {
        return BatchNorm.batchNorm(x, gamma, beta, epsilon);
    }

    /** max(γ (x − μ) / √(σ² + ε) + β, 0) with the batch's μ and biased σ² of each channel, its two results: x [..., C], γ [C], β [C] → [..., C]. */
    public static Tape.Applied batchNormRelu(Variable x, Variable gamma, Variable beta, double epsilon) {
        return BatchNormRelu.batchNormRelu(x, gamma, beta, epsilon);
    }

    /** γ (x − μ) / √(σ² + ε) + β with given statistics, which get no gradient: x [..., C], γ, β, μ, σ² [C] → [..., C]. */
    public static Variable batchNormInference(
            Variable x, Variable gamma, Variable beta, Variable mean, Variable variance, double epsilon) {
        return BatchNormInference.batchNormInference(x, gamma, beta, mean, variance, epsilon);
    }

    /** γ (x − μ) / √(σ² + ε) + β with μ and the biased σ² of each group of channels of an image: x [N, ..., C], γ [C], β [C] → [N, ..., C]. */
    public static Variable groupNorm(Variable x, Variable gamma, Variable beta, int groups, double epsilon) {
        return GroupNorm.groupNorm(x, gamma, beta, groups, epsilon);
    }

    /** γ (x − μ) / √(σ² + ε) + β with μ and the biased σ² of each row: x [..., *], γ [*], β [*] → [..., *]. */
    public static Variable layerNorm(Variable x, Variable gamma, Variable beta, double epsilon) {
        return LayerNorm.layerNorm(x, gamma, beta, epsilon);
    }

    /** γ x / √(mean of x² + ε) of each row: x [..., *], γ [*] → [..., *]. */
    public static Variable rmsNorm(Variable x, Variable gamma, double epsilon) {
        return RmsNorm.rmsNorm(x, gamma, epsilon);
    }

    /** softmax(q kᵀ / √D) v of each head, of keys not behind the query if causal: q [B, T, H·D], k [B, S, H·D], v [B, S, H·E] → [B, T, H·E]. */
    public static Variable attention(Variable q, Variable k, Variable v, int heads, boolean causal) {
        return Attention.attention(q, k, v, heads, causal);
    }

    /** softmax(q kᵀ / √D) v of each head, of keys whose mask [B, S] of INT is not 0, and not behind the query if causal: q [B, T, H·D], k [B, S, H·D], v [B, S, H·E] → [B, T, H·E]. */
    public static Variable attention(Variable q, Variable k, Variable v, Variable mask, int heads, boolean causal) {
        return Attention.attention(q, k, v, mask, heads, causal);
    }

    /** Pairs of numbers of each head turned by angles that grow with the position: x [B, T, heads · D] → [B, T, heads · D]. */
    public static Variable rotary(Variable x, int heads, double base) {
        return Rotary.rotary(x, heads, base);
    }

    /** Hidden states of a plain recurrent layer, weights W [H, I], U [H, H] and perhaps b, b' [H]: x [T, B, I], h0 [B, H] → [T, B, H]. */
    public static Variable rnn(Variable x, Variable h0, Rnn.Nonlinearity nonlinearity, Variable... weights) {
        return Rnn.rnn(x, h0, nonlinearity, weights);
    }

    /** Hidden states of gated recurrent units, weights W [3H, I], U [3H, H] and perhaps b, b' [3H]: x [T, B, I], h0 [B, H] → [T, B, H]. */
    public static Variable gru(Variable x, Variable h0, Variable... weights) {
        return Gru.gru(x, h0, weights);
    }

    /** Hidden states [T, B, H] of long short-term memory, and its last state [B, H], through which gradients flow; weights W [4H, I], U [4H, H] and perhaps b, b' [4H]: x [T, B, I], h0 and c0 [B, H]. */
    public static Lstm.Result lstm(Variable x, Variable h0, Variable c0, Variable... weights) {
        return Lstm.lstm(x, h0, c0, weights);
    }

    /** Hidden states [T, B, H] of long short-term memory, and its last state [B, H] as a constant; weights W [4H, I], U [4H, H] and perhaps b, b' [4H]: x [T, B, I], h0 and c0 [B, H]. */
    public static Lstm.Result lstmWithConstantState(Variable x, Variable h0, Variable c0, Variable... weights) {
        return Lstm.lstmWithConstantState(x, h0, c0, weights);
    }

    /** Mean of (prediction − target)²: two of [*] → []. */
    public static Variable meanSquaredError(Variable prediction, Variable target) {
        return MeanSquaredError.meanSquaredError(prediction, target);
    }

    /** Mean of |prediction − target|: two of [*] → []. */
    public static Variable l1Loss(Variable prediction, Variable target) {
        return L1Loss.l1Loss(prediction, target);
    }

    /** Mean of d² / 2 where |d| ≤ delta, delta (|d| − delta / 2) elsewhere, d = prediction − target: two of [*] → []. */
    public static Variable huber(Variable prediction, Variable target, double delta) {
        return Huber.huber(prediction, target, delta);
    }

    /** Mean cross-entropy of the softmax of logits: logits [B, C], labels [B] of INT in [0, C) → []. */
    public static Variable crossEntropy(Variable logits, Variable labels) {
        return SoftmaxCrossEntropy.crossEntropy(logits, labels);
    }

    /** Weighted mean cross-entropy of the softmax of logits, with a share of each label spread over all classes: logits [B, C], labels [B] of INT in [0, C) → []. */
    public static Variable weightedCrossEntropy(
            Variable logits, Variable labels, double smoothing, LabelWeights weights) {
        return WeightedCrossEntropy.weightedCrossEntropy(logits, labels, smoothing, weights);
    }

    /** Mean cross-entropy of the softmax of x wᵀ, whose logits are never kept: x [B, E], w [C, E], labels [B] of INT in [0, C) → []. */
    public static Variable linearCrossEntropy(Variable x, Variable w, Variable labels) {
        return LinearCrossEntropy.linearCrossEntropy(x, w, labels);
    }

    /** Mean binary cross-entropy of the sigmoid of logits, without overflow: logits [*], targets [*] in [0, 1] → []. */
    public static Variable binaryCrossEntropy(Variable logits, Variable targets) {
        return SigmoidCrossEntropy.binaryCrossEntropy(logits, targets);
    }

    /** Mean of −log-probability of the labels: [B, C], labels [B] of INT in [0, C) → []. */
    public static Variable negativeLogLikelihood(Variable logProbabilities, Variable labels) {
        return NegativeLogLikelihood.negativeLogLikelihood(logProbabilities, labels);
    }

    /** Weighted mean of −log-probability of the labels: [B, C], labels [B] of INT in [0, C) → []. */
    public static Variable negativeLogLikelihood(Variable logProbabilities, Variable labels, LabelWeights weights) {
        return NegativeLogLikelihood.negativeLogLikelihood(logProbabilities, labels, weights);
    }

    /** Kullback-Leibler divergence of targets from predictions, averaged over the batch: log-probabilities [B, *], probabilities [B, *] → []. */
    public static Variable klDivergence(Variable logProbabilities, Variable targets) {
        return KlDivergence.klDivergence(logProbabilities, targets);
    }

    /** Cosine of the angle between a and b along the last axis: a [*, K], b [*, K] → [*]. */
    public static Variable cosineSimilarity(Variable a, Variable b) {
        return CosineSimilarity.cosineSimilarity(a, b);
    }

    /** Mean of 1 − cos for pairs labelled 1, max(0, cos − margin) for pairs labelled −1: a [B, K], b [B, K], labels [B] of INT → []. */
    public static Variable cosineEmbeddingLoss(Variable a, Variable b, Variable labels, double margin) {
        return CosineEmbeddingLoss.cosineEmbeddingLoss(a, b, labels, margin);
    }
}
