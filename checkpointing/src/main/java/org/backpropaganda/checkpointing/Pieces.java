package org.backpropaganda.checkpointing;

import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.UnaryOperator;
import java.util.stream.IntStream;
import org.backpropaganda.autograd.graph.Tape;
import org.backpropaganda.autograd.graph.Variable;
import org.backpropaganda.autograd.nn.AxisMixing;
import org.backpropaganda.autograd.nn.Module;
import org.backpropaganda.autograd.tensor.ShapeException;

/**
 * A module that runs in pieces of its batch, or of its tokens: it saves its inputs, and while it computes and differentiates,
 * what is held besides inputs, outputs and their gradients is that of one piece. It costs one more forward evaluation, as a
 * {@link Checkpoint} does. Names, paths and parameters are those of the module itself.
 *
 * <pre>{@code
 * Module block = Pieces.ofBatch(transformerBlock, 4);      // x [B, T, C], B/4 samples at a time
 * Module feedForward = Pieces.ofTokens(twoLayers, 8);      // x [B, T, C], T/8 tokens at a time
 * }</pre>
 *
 * <p>It is the same function but for rounding: gradients of parameters are sums over pieces, and kernels may compute a row
 * among fewer others in another order. Each piece draws random numbers of its own, so a dropout has another mask than it would
 * have on the whole. Of a size that the number does not divide, pieces differ by one; where there are fewer entries than pieces,
 * each is a piece, and a piece that is the whole is a checkpoint, to the bit.
 *
 * <p>What runs in pieces must compute each entry of the axis by itself. Layers that say they do not ({@link AxisMixing}) are
 * refused, as batch norm with statistics of the batch, and attention where tokens are cut; for functions of one's own, that is
 * the caller's to know.
 *
 * <p>Source: Kitaev et al. 2020, "Reformer: The Efficient Transformer", § 3, for the tokens of feed-forward layers. Known gap:
 * there is no second derivative through it.
 */
public final class Pieces extends Module {
    private final Module body;
    private final int axis;
    private final List<Piece> parts;

    private Pieces(Module body, int axis, int pieces) {
        if (pieces < 1) {
            throw new IllegalArgumentException("pieces " + pieces + " is below 1; give 1 or more");
        }
        this.body = register("", body);
        this.axis = axis;
        this.parts = IntStream.range(0, pieces)
                .mapToObj(piece -> new Piece(body, axis, piece, pieces))
                .toList();
    }

    /**
     * The module in pieces of axis 0 of all its inputs and results: [B, …] → [B, …].
     *
     * @param pieces at least 1
     */
    public static Pieces ofBatch(Module body, int pieces) {
        return new Pieces(body, 0, pieces);
    }

    /**
     * The module in pieces of axis 1 of all its inputs, which is not their last: [B, T, …, C] → [B, T, …].
     *
     * @param body computes each token by itself
     * @param pieces at least 1
     * @throws IllegalArgumentException if a layer in it says that it reads others
     */
    public static Pieces ofTokens(Module body, int pieces) {
        mixing(body, "", 1, false).ifPresent(what -> {
            throw new IllegalArgumentException("pieces of tokens: " + what + "; run it on the whole sequence");
        });
        return new Pieces(body, 1, pieces);
    }

    /** The first layer of a module that mixes along an axis, and what it does, as a clause. */
    static Optional<String> mixing(Module module, String path, int axis, boolean batchStatistics) {
        if (module instanceof AxisMixing mixing) {
            Optional<String> what = mixing.mixes(axis, batchStatistics);
            if (what.isPresent()) {
                return Optional.of(module.describe() + (path.isEmpty() ? "" : " \"" + path + "\"") + " " + what.get());
            }
        }
        for (Map.Entry<String, Module> child : module.children().entrySet()) {
            String name = child.getKey();
            String inside = path.isEmpty() || name.isEmpty() ? path + name : path + "." + name;
            Optional<String> what = mixing(child.getValue(), inside, axis, batchStatistics);
            if (what.isPresent()) {
                return what;
            }
        }
        return Optional.empty();
    }

    @Override
    protected List<Variable> forward(List<Variable> inputs) {
        Tape tape = inputs.get(0).tape();
        long size = size(inputs);
        if (size == 1 || parts.size() == 1) {
            return Checkpoint.call(UnaryOperator.identity(), body::call, body.trainedParameters(), inputs);
        }
        mixing(body, "", axis, tape.usesBatchStatistics()).ifPresent(what -> {
            throw new IllegalStateException("pieces" + (tape.path().isEmpty() ? "" : " in " + tape.path()) + ": " + what
                    + ", and a piece has others; take it out of what runs in pieces, or freeze its statistics");
        });
        Cuts cuts = new Cuts(axis, size, (int) Math.min(parts.size(), size));
        return tape.apply(new PiecesSegment(parts.subList(0, cuts.pieces()), cuts, body.trainedParameters()), inputs);
    }

    /** The size of the axis, which all inputs have. */
    private long size(List<Variable> inputs) {
        for (int i = 0; i < inputs.size(); i++) {
            Variable input = inputs.get(i);
            if (input.shape().rank() <= 2 * axis || !input.dtype().isDifferentiable()) {
                throw new ShapeException("pieces: input " + i + " is " + input.spec()
                        + (axis == 0 ? "; give numbers [B, …]" : "; give numbers [B, T, …, C]"));
            }
            if (input.shape().dim(axis) != inputs.get(0).shape().dim(axis)) {
                throw new ShapeException("pieces: input " + i + " is " + input.spec() + ", input 0 "
                        + inputs.get(0).spec() + "; give all of one size along axis " + axis);
            }
        }
        return inputs.get(0).shape().dim(axis);
    }
}
