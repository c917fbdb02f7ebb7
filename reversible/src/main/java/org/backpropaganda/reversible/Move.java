package org.backpropaganda.reversible;

import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.function.Function;
import org.backpropaganda.autograd.graph.TapeMode;
import org.backpropaganda.autograd.graph.Variable;
import org.backpropaganda.autograd.nn.Module;
import org.backpropaganda.autograd.op.Concat;
import org.backpropaganda.autograd.op.Pad;
import org.backpropaganda.autograd.op.Rearrange;
import org.backpropaganda.autograd.op.Slice;
import org.backpropaganda.autograd.tensor.ShapeException;
import org.backpropaganda.autograd.tensor.Tensor;
import org.jspecify.annotations.Nullable;

/**
 * Streams moved without a function: elements change places, or zeros join them. It is undone to the bit, keeps no bytes, and
 * its gradient goes the way that the stream goes back.
 */
public final class Move extends Step {
    private final String what;
    private final List<String> from;
    private final List<String> to;
    private final Function<List<Variable>, List<Variable>> forward;
    private final Function<List<Variable>, List<Variable>> back;

    private Move(
            String what,
            List<String> from,
            List<String> to,
            Function<List<Variable>, List<Variable>> forward,
            Function<List<Variable>, List<Variable>> back) {
        this.what = what;
        this.from = from;
        this.to = to;
        this.forward = forward;
        this.back = back;
        if (from.isEmpty() || new HashSet<>(from).size() < from.size() || new HashSet<>(to).size() < to.size()) {
            throw misfit("name one stream or more, and none twice");
        }
    }

    /** Streams change places: the one of the first name goes on under the last, every other under the one before it. */
    public static Move rotate(String... streams) {
        List<String> from = List.of(streams);
        List<String> to = new ArrayList<>();
        for (int i = 0; i < streams.length; i++) {
            to.add(streams[(i + streams.length - 1) % streams.length]);
        }
        return new Move("rotate", from, List.copyOf(to), x -> x, x -> x);
    }

    /** Two streams change places. */
    public static Move swap(String one, String other) {
        return rotate(one, other);
    }

    /**
     * Squares of pixels become channels: [N, H, W, C] → [N, H/block, W/block, C·block²].
     *
     * @throws ShapeException when called, if the block does not divide H and W
     */
    public static Move spaceToDepth(int block, String... streams) {
        List<String> names = List.of(streams);
        return new Move(
                "spaceToDepth",
                names,
                names,
                each(x -> Rearrange.spaceToDepth(x, block)),
                each(x -> Rearrange.depthToSpace(x, block)));
    }

    private static Function<List<Variable>, List<Variable>> each(Function<Variable, Variable> op) {
        return all -> all.stream().map(op).toList();
    }

    /** Zeros join the channels of a stream, behind them: [*, C] → [*, C + count]. The way back leaves them out. */
    public static Move padChannels(String stream, long count) {
        if (count < 1) {
            throw new IllegalArgumentException("padChannels: count " + count + " is below 1; give channels to add");
        }
        return new Move(
                "padChannels",
                List.of(stream),
                List.of(stream),
                each(x -> Pad.padChannels(x, 0, count)),
                each(y -> Slice.slice(y, -1, 0, y.shape().dim(-1) - count)));
    }

    /**
     * One stream becomes two, each of half the channels.
     *
     * @throws ShapeException when called, if the channels are odd
     */
    public static Move split(String stream, String first, String second) {
        return new Move("split", List.of(stream), List.of(first, second), Move::halves, Move::whole);
    }

    /** Two streams become one, of the channels of both; the way back needs them to have been equally many. */
    public static Move join(String first, String second, String stream) {
        return new Move("join", List.of(first, second), List.of(stream), Move::equals, Move::halves);
    }

    private static List<Variable> halves(List<Variable> whole) {
        Variable x = whole.get(0);
        long channels = x.shape().dim(-1);
        if (channels % 2 != 0) {
            throw new ShapeException(
                    "split: " + x.spec() + " has an odd number of channels, which no halves have; pad one");
        }
        return Slice.split(x, -1, channels / 2, channels / 2);
    }

    private static List<Variable> equals(List<Variable> halves) {
        if (!halves.get(0).spec().equals(halves.get(1).spec())) {
            throw new ShapeException("join: " + halves.get(0).spec() + " and "
                    + halves.get(1).spec() + " are no halves of one stream; give two of one shape");
        }
        return whole(halves);
    }

    private static List<Variable> whole(List<Variable> halves) {
        return List.of(Concat.concat(-1, halves.get(0), halves.get(1)));
    }

    @Override
    List<String> after(List<String> streams) {
        from.forEach(name -> requireStream(streams, name));
        if (new HashSet<>(from).equals(new HashSet<>(to))) {
            return streams;
        }
        List<String> after = new ArrayList<>(streams);
        int at = after.indexOf(from.get(0));
        after.removeAll(from);
        for (String name : to) {
            if (after.contains(name)) {
                throw misfit("there is a stream " + name + " already; give another name");
            }
        }
        after.addAll(Math.min(at, after.size()), to);
        return List.copyOf(after);
    }

    @Override
    List<String> sources() {
        return List.of();
    }

    @Override
    @Nullable
    Module function() {
        return null;
    }

    @Override
    String functionName() {
        return "";
    }

    private boolean isRenaming() {
        return what.equals("rotate");
    }

    @Override
    void forward(Walk walk) {
        walk.changesVolume(this::volume);
        walk.replace(from, to, forward.apply(walk.values(from)));
    }

    @Override
    void inverse(Walk walk) {
        walk.changesVolume(this::volume);
        walk.replace(to, from, back.apply(walk.values(to)));
    }

    /** Elements that change places leave volumes as they are. */
    private @Nullable Variable volume() {
        if (what.equals("padChannels")) {
            throw new UnsupportedOperationException(
                    this + " adds dimensions, between which volumes have no ratio and the map"
                            + " no determinant; leave it out of a flow");
        }
        return null;
    }

    @Override
    void reverse(ReverseStep step) {
        if (isRenaming()) {
            step.rename(to, from);
            return;
        }
        List<Tensor> values =
                moved(step, to.stream().map(name -> step.stream(name).value()).toList(), step::keep);
        List<Tensor> slopes = slopes(step);
        List<Tensor> movedSlopes = slopes.isEmpty() ? List.of() : moved(step, slopes, step::share);
        slopes.forEach(Tensor::close);
        List<Stream> before = new ArrayList<>();
        for (int i = 0; i < values.size(); i++) {
            before.add(step.begin(values.get(i), movedSlopes.isEmpty() ? null : movedSlopes.get(i)));
        }
        step.replace(to, from, before);
    }

    /** The gradients of the streams behind the move, with zeros where none came; none if none came at all. */
    private List<Tensor> slopes(ReverseStep step) {
        if (to.stream().allMatch(name -> step.stream(name).slope() == null)) {
            return List.of();
        }
        List<Tensor> slopes = new ArrayList<>();
        for (String name : to) {
            Stream stream = step.stream(name);
            Tensor slope = step.takeSlope(stream);
            Tensor like = stream.value();
            slopes.add(
                    slope == null
                            ? step.scope().allocate(like.shape(), like.dtype()).fill(0)
                            : slope);
        }
        return slopes;
    }

    private List<Tensor> moved(
            ReverseStep step, List<Tensor> tensors, Function<List<Variable>, List<Tensor>> outliving) {
        List<Tensor> moved = new ArrayList<>();
        step.aside(
                TapeMode.SILENT,
                tape -> moved.addAll(outliving.apply(back.apply(
                        tensors.stream().map(tensor -> step.enter(tape, tensor)).toList()))));
        return moved;
    }

    @Override
    public String toString() {
        return to + " ← " + what + "(" + from + ")";
    }
}
