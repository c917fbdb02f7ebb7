package org.backpropaganda.experiments.model;

import java.util.ArrayList;
import java.util.List;
import java.util.function.UnaryOperator;
import java.util.stream.LongStream;
import org.backpropaganda.autograd.graph.Variable;
import org.backpropaganda.autograd.kernel.Window;
import org.backpropaganda.autograd.nn.Conv2d;
import org.backpropaganda.autograd.nn.Module;
import org.backpropaganda.autograd.nn.Pool2d;
import org.backpropaganda.autograd.op.Concat;
import org.backpropaganda.autograd.op.Slice;
import org.backpropaganda.autograd.technique.Chain;
import org.backpropaganda.autograd.technique.Composite;
import org.backpropaganda.autograd.technique.Cut;
import org.backpropaganda.autograd.technique.Layer;
import org.backpropaganda.autograd.technique.Part;
import org.backpropaganda.autograd.technique.Run;
import org.backpropaganda.autograd.tensor.MemoryKind;
import org.backpropaganda.autograd.tensor.Shape;
import org.backpropaganda.autograd.tensor.Tensor;
import org.backpropaganda.experiments.coupling.CouplingKind;

/** A stem, couplings on streams that are made of it, and a head on the means of these. */
final class Couplings {
    /** The usual kind. */
    static final String USUAL = "additive";

    private static final int IMAGES = 4;

    private Couplings() {}

    /** The layers of a function of a coupling, from some channels to others. */
    @FunctionalInterface
    interface FunctionOf {
        Part channels(int from, int to);
    }

    /** The streams are averaged before they are joined: the joined image is never made. */
    static Chain describe(ModelSpec spec, Layers layers, int convolutions) {
        Conv2d stem = new Conv2d(
                layers.factory(), spec.channels(), spec.width(), Window.square(3, spec.stemStride(), 1), true);
        CouplingKind kind = spec.coupling().orElseThrow();
        CouplingKind.Body body = spec.body();
        Run blocks = run(spec, IMAGES, (from, to) -> function(layers, convolutions, from, to));
        return Chain.empty()
                .with("stem", stem)
                .with("split", made(x -> kind.enter(x.get(0), body)))
                .with("blocks", blocks)
                .with("pool", eachStream(Pool2d.globalAverage()))
                .with("join", made(streams -> List.of(kind.leave(streams))))
                .with("head", layers.head(spec.width(), spec.classes()));
    }

    /**
     * The couplings of a model, as many as it is deep.
     *
     * @param rank of a stream
     */
    static Run run(ModelSpec spec, int rank, FunctionOf function) {
        CouplingKind kind = spec.coupling().orElseThrow();
        CouplingKind.Body body = spec.body();
        int streams = kind.streams(body);
        int channels = kind.channels(body);
        List<Part> couplings = new ArrayList<>();
        for (int i = 0; i < spec.depth(); i++) {
            List<Part> functions = new ArrayList<>();
            kind.functions(body).forEach(to -> functions.add(function.channels(channels, to)));
            couplings.add(new Composite(functions, kind::couple));
        }
        return Run.ofCouplings(couplings, streams, cut(rank, streams, channels, spec.classes()));
    }

    /** Between two couplings, all streams pass side by side as one tensor. */
    private static Cut cut(int rank, int streams, int channels, int classes) {
        long[] sizes = LongStream.generate(() -> channels).limit(streams).toArray();
        Chain closing =
                Chain.empty().with("join", made(all -> List.of(Concat.concat(-1, all.toArray(Variable[]::new)))));
        Chain opening = Chain.empty().with("split", made(one -> Slice.split(one.get(0), -1, sizes)));
        return new Cut(rank, block -> (long) streams * channels, classes, closing, opening);
    }

    private static Part function(Layers layers, int convolutions, int from, int to) {
        Chain links = Chain.empty();
        int channels = from;
        for (int k = 1; k <= convolutions; k++) {
            int next = k == convolutions ? to : from;
            links = links.with("conv" + k, layers.convolution(channels, next, 3, 1))
                    .with(layers.pair(Integer.toString(k), next));
            channels = next;
        }
        return layers.counted(links);
    }

    /** A module without parameters, made anew by every build. */
    static Part made(UnaryOperator<List<Variable>> function) {
        return new Composite(List.of(), none -> new Joint(function));
    }

    /** A run of couplings that share a module, which none of them has as a part: the model has it once, beside them. */
    static Part sharing(String name, Module shared, Run run) {
        return new Composite(List.of(new Layer(shared), run), parts -> new Sharing(name, parts.get(0), parts.get(1)));
    }

    /** Zeros that nothing is trained through, on the tape of another variable and of its element type. */
    static Variable zeros(Variable like, Shape shape) {
        Tensor zeros = like.tape().scope().zeros(shape, like.dtype(), MemoryKind.TEMPORARY);
        Variable constant = like.tape().constant(zeros);
        zeros.close();
        return constant;
    }

    /** The same layer, which has no parameters, on every stream. */
    static Module eachStream(Module layer) {
        return new EachStream(layer);
    }

    private static final class Joint extends Module {
        private final UnaryOperator<List<Variable>> function;

        Joint(UnaryOperator<List<Variable>> function) {
            this.function = function;
        }

        @Override
        protected List<Variable> forward(List<Variable> streams) {
            return function.apply(streams);
        }
    }

    private static final class Sharing extends Module {
        private final Module run;

        Sharing(String name, Module shared, Module run) {
            register(name, shared);
            this.run = register("steps", run);
        }

        @Override
        protected List<Variable> forward(List<Variable> inputs) {
            return run.call(inputs);
        }
    }

    private static final class EachStream extends Module {
        private final Module layer;

        EachStream(Module layer) {
            this.layer = register("layer", layer);
        }

        @Override
        protected List<Variable> forward(List<Variable> streams) {
            return streams.stream().map(layer::call).toList();
        }
    }
}
