package org.backpropaganda.autograd.op;

import java.util.List;
import org.backpropaganda.autograd.graph.BackwardCall;
import org.backpropaganda.autograd.graph.ForwardCall;
import org.backpropaganda.autograd.graph.GradientCall;
import org.backpropaganda.autograd.graph.Operands;
import org.backpropaganda.autograd.graph.Saves;
import org.backpropaganda.autograd.graph.TwiceDifferentiable;
import org.backpropaganda.autograd.graph.Variable;
import org.backpropaganda.autograd.kernel.RowLoop;
import org.backpropaganda.autograd.tensor.Shape;
import org.backpropaganda.autograd.tensor.Tensor;
import org.backpropaganda.autograd.tensor.TensorSpec;

/**
 * Normalisation of groups of channels, in each image alone. As many groups as channels make it instance normalisation,
 * one group layer normalisation over the image.
 *
 * <pre>
 * y     = γ x̂ + β, x̂ = (x − μ) / √(σ² + ε), with μ and the biased σ² of each group of C/G channels of each image
 * shape : x [N, ..., C], γ [C], β [C] → y [N, ..., C]
 * saves : x, γ, μ and 1 / √(σ² + ε) [N, G]
 * vjp   : as of layer normalisation, over groups
 * </pre>
 *
 * Source: Wu and He 2018, "Group Normalization", § 3.1; Ulyanov et al. 2016, "Instance Normalization".
 *
 * @param groups G, which divides the channels
 * @param epsilon added to the variance
 */
public record GroupNorm(int groups, double epsilon) implements TwiceDifferentiable {

    /** Group normalisation with scale and shift. */
    public static Variable groupNorm(Variable x, Variable gamma, Variable beta, int groups, double epsilon) {
        return x.tape().apply(new GroupNorm(groups, epsilon), x, gamma, beta);
    }

    @Override
    public TensorSpec infer(List<TensorSpec> in) {
        Checks.count(name(), in, 3);
        Checks.dtype(name(), in);
        Shape x = in.get(0).shape();
        Checks.require(x.rank() >= 2, name(), "x " + x + " must be [N, ..., C]");
        Checks.require(
                groups >= 1 && x.dim(-1) % groups == 0,
                name(),
                x.dim(-1) + " channels of x " + x + " do not make " + groups + " groups");
        ChannelShapes.check(name(), in);
        return in.get(0);
    }

    @Override
    public Saves saves(Operands operands) {
        TensorSpec statistics =
                operands.spec(0).with(Shape.of(operands.spec(0).shape().dim(0), groups));
        return Saves.none().input(0).input(1).extra("mean", statistics).extra("deviation", statistics);
    }

    @Override
    public boolean isCheap() {
        return true;
    }

    @Override
    public void forward(ForwardCall call) {
        double[] gamma = call.input(1).toDoubles();
        double[] beta = call.input(2).toDoubles();
        long images = call.input(0).shape().dim(0);
        RowShapes.withVectors(
                call,
                images * groups,
                (means, inverses) -> RowLoop.run(
                        images,
                        3,
                        0,
                        (r, sums) -> {
                            statistics(r[3], gamma.length, r[1], r[2]);
                            int size = gamma.length / groups;
                            for (int i = 0; i < r[3].length; i++) {
                                int channel = i % gamma.length;
                                int group = channel / size;
                                r[0][i] = gamma[channel] * ((r[3][i] - r[1][group]) * r[2][group]) + beta[channel];
                            }
                        },
                        call.output(),
                        means,
                        inverses,
                        call.input(0)));
    }

    private void statistics(double[] image, int channels, double[] means, double[] inverses) {
        int size = channels / groups;
        double count = (double) image.length / groups;
        for (int group = 0; group < groups; group++) {
            double sum = 0;
            for (int pixel = group * size; pixel < image.length; pixel += channels) {
                for (int c = 0; c < size; c++) {
                    sum += image[pixel + c];
                }
            }
            double mean = sum / count;
            double squares = 0;
            for (int pixel = group * size; pixel < image.length; pixel += channels) {
                for (int c = 0; c < size; c++) {
                    double off = image[pixel + c] - mean;
                    squares += off * off;
                }
            }
            means[group] = mean;
            inverses[group] = 1 / Math.sqrt(squares / count + epsilon);
        }
    }

    @Override
    public void vjp(BackwardCall call) {
        double[] gamma = call.input(1).toDoubles();
        int channels = gamma.length;
        int size = channels / groups;
        Tensor dx = call.reusableDy();
        double[] sums = RowLoop.run(
                call.input(0).shape().dim(0),
                1,
                2 * channels,
                (r, s) -> {
                    double[] meanG = new double[groups];
                    double[] meanGx = new double[groups];
                    double count = (double) r[1].length / groups;
                    for (int i = 0; i < r[1].length; i++) {
                        int channel = i % channels;
                        int group = channel / size;
                        double normal = (r[2][i] - r[3][group]) * r[4][group];
                        double dy = r[1][i];
                        s[channel] += dy * normal;
                        s[channels + channel] += dy;
                        meanG[group] += gamma[channel] * dy / count;
                        meanGx[group] += gamma[channel] * dy * normal / count;
                    }
                    for (int i = 0; i < r[1].length; i++) {
                        int channel = i % channels;
                        int group = channel / size;
                        double normal = (r[2][i] - r[3][group]) * r[4][group];
                        r[0][i] = r[4][group] * (gamma[channel] * r[1][i] - meanG[group] - normal * meanGx[group]);
                    }
                },
                dx,
                call.dy(),
                call.input(0),
                call.extra(0),
                call.extra(1));
        RowShapes.giveVectors(call, dx, sums);
    }

    @Override
    public void gradient(GradientCall call) {
        Shape x = call.spec(0).shape();
        long channels = x.dim(-1);
        long[] grouped = {x.dim(0), x.elements() / x.dim(0) / channels, groups, channels / groups};
        Normalized.of(Reshape.reshape(call.input(0), grouped), new int[] {1, 3}, epsilon)
                .gradient(call, call.dy());
    }
}
