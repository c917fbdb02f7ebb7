package org.backpropaganda.autograd.op;

import org.backpropaganda.autograd.graph.Variable;
import org.backpropaganda.autograd.tensor.Shape;

/** Permutations of the elements of images [N, H, W, C], made of reshapes and one transpose: nothing is saved. */
public final class Rearrange {
    private Rearrange() {}

    /**
     * Squares of pixels become channels, the invertible downsampling: [N, H, W, C] → [N, H/b, W/b, b·b·C]. Source:
     * Jacobsen et al. 2018, "i-RevNet", § 3.1.
     *
     * @param block b, which divides height and width
     */
    public static Variable spaceToDepth(Variable x, int block) {
        Shape s = image("spaceToDepth", x);
        Checks.require(
                block >= 1 && s.dim(1) % block == 0 && s.dim(2) % block == 0,
                "spaceToDepth",
                "blocks of " + block + " do not tile x " + s);
        Variable apart = Reshape.reshape(x, s.dim(0), s.dim(1) / block, block, s.dim(2) / block, block, s.dim(3));
        Variable ordered = Transpose.transpose(apart, 0, 1, 3, 2, 4, 5);
        return Reshape.reshape(ordered, s.dim(0), s.dim(1) / block, s.dim(2) / block, (long) block * block * s.dim(3));
    }

    /** The inverse of {@link #spaceToDepth}: [N, H, W, b·b·C] → [N, b·H, b·W, C]. */
    public static Variable depthToSpace(Variable x, int block) {
        Shape s = image("depthToSpace", x);
        Checks.require(
                block >= 1 && s.dim(3) % ((long) block * block) == 0,
                "depthToSpace",
                s.dim(3) + " channels of x " + s + " make no blocks of " + block);
        Variable apart =
                Reshape.reshape(x, s.dim(0), s.dim(1), s.dim(2), block, block, s.dim(3) / ((long) block * block));
        Variable ordered = Transpose.transpose(apart, 0, 1, 3, 2, 4, 5);
        return Reshape.reshape(ordered, s.dim(0), s.dim(1) * block, s.dim(2) * block, -1);
    }

    /**
     * Channels dealt out of their groups in turn: channel (g, i) becomes (i, g). With C / groups for the number of groups
     * it undoes itself. Source: Zhang et al. 2018, "ShuffleNet", § 3.1.
     *
     * @param x [..., C]
     */
    public static Variable channelShuffle(Variable x, int groups) {
        Shape s = x.shape();
        Checks.require(
                groups >= 1 && s.rank() >= 1 && s.dim(-1) % groups == 0,
                "channelShuffle",
                "x " + s + " does not make " + groups + " groups of channels");
        long rows = s.elements() / s.dim(-1);
        Variable apart = Reshape.reshape(x, rows, groups, s.dim(-1) / groups);
        return Reshape.reshape(Transpose.transpose(apart, 0, 2, 1), s.toArray());
    }

    private static Shape image(String name, Variable x) {
        Checks.rank(name, "x", x.spec(), 4, "[N, H, W, C]");
        return x.shape();
    }
}
