package org.backpropaganda.experiments.reproduce;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.backpropaganda.autograd.kernel.Window;
import org.backpropaganda.autograd.nn.BatchNorm;
import org.backpropaganda.autograd.nn.Conv2d;
import org.backpropaganda.autograd.nn.Linear;
import org.backpropaganda.autograd.nn.Module;
import org.backpropaganda.autograd.nn.ParameterFactory;
import org.backpropaganda.autograd.nn.Pool2d;
import org.backpropaganda.autograd.nn.Residual;
import org.backpropaganda.autograd.nn.Sequential;
import org.backpropaganda.reversible.AdditiveCoupling;
import org.backpropaganda.reversible.Coupling;
import org.backpropaganda.reversible.Move;
import org.backpropaganda.reversible.ReversibleSequence;

/**
 * Residual networks with norm and ReLU in front of each convolution, and reversible ones of the same parts, as memcnn trains
 * them on CIFAR. A unit that changes the shape is residual, with a 1×1 convolution and a norm in its shortcut; any other unit of a
 * reversible network is an additive coupling of two such branches on halves of the channels.
 *
 * @param units of each stage
 * @param filters of the stem and of each stage
 * @param bottleneck whether a branch is 1×1, 3×3 and 1×1 to four times the filters, or twice 3×3
 * @param kind whether units are residual, or couplings that are stored or reversed
 */
record PreactivatedNetwork(List<Integer> units, List<Integer> filters, boolean bottleneck, Kind kind) {
    private static final int EXPANSION = 4;

    /** What units that keep the shape are. */
    enum Kind {
        RESIDUAL,
        STORED,
        REVERSED
    }

    /** Images [N, H, W, C] → logits [N, classes]. */
    Module build(ParameterFactory factory, int channels, int classes) {
        Map<String, Module> links = new LinkedHashMap<>();
        int stem = filters.get(0);
        links.put("stem", convolution(factory, channels, stem, 3, 1));
        links.put("norm", BatchNorm.withRelu(factory, stem));
        int inputs = stem;
        for (int stage = 0; stage < units.size(); stage++) {
            int planes = filters.get(stage + 1);
            links.put("stage" + stage, stage(factory, stage, inputs, planes));
            inputs = outputs(planes);
        }
        links.put("last", BatchNorm.withRelu(factory, inputs));
        links.put("pool", Pool2d.globalAverage());
        links.put("head", new Linear(factory, inputs, classes, true));
        return new Sequential(links);
    }

    /**
     * The units alone, one behind another, each a module of images: residual, or a coupling that is reversed or stored.
     *
     * @param inputs channels of the first unit's images
     */
    List<Module> separateUnits(ParameterFactory factory, int inputs) {
        List<Module> all = new ArrayList<>();
        int channels = inputs;
        for (int stage = 0; stage < units.size(); stage++) {
            int planes = filters.get(stage + 1);
            int left = units.get(stage);
            if (!keepsShape(stage, channels, planes)) {
                all.add(projected(factory, stage, channels, planes));
                left--;
            }
            for (int i = 0; i < left; i++) {
                all.add(body(List.of(coupling(factory, planes, true))));
            }
            channels = outputs(planes);
        }
        return all;
    }

    private int outputs(int planes) {
        return bottleneck ? EXPANSION * planes : planes;
    }

    private Module stage(ParameterFactory factory, int number, int inputs, int planes) {
        int outputs = outputs(planes);
        List<Module> all = new ArrayList<>();
        if (!keepsShape(number, inputs, planes)) {
            all.add(projected(factory, number, inputs, planes));
        }
        List<Coupling> couplings = new ArrayList<>();
        for (int unit = all.size(); unit < units.get(number); unit++) {
            boolean activated = number > 0 || unit > 0;
            if (kind == Kind.RESIDUAL) {
                all.add(new Residual(branch(factory, outputs, planes, 1, activated)));
            } else {
                couplings.add(coupling(factory, planes, activated));
            }
        }
        if (!couplings.isEmpty()) {
            all.add(body(couplings));
        }
        return new Sequential(all);
    }

    private static int stride(int stage) {
        return stage == 0 ? 1 : 2;
    }

    private boolean keepsShape(int stage, int inputs, int planes) {
        return stride(stage) == 1 && inputs == outputs(planes);
    }

    private Module projected(ParameterFactory factory, int stage, int inputs, int planes) {
        int outputs = outputs(planes);
        Module shortcut = new Sequential(
                convolution(factory, inputs, outputs, 1, stride(stage)), new BatchNorm(factory, outputs));
        return new Residual(branch(factory, inputs, planes, stride(stage), stage > 0), shortcut);
    }

    private Coupling coupling(ParameterFactory factory, int planes, boolean activated) {
        int half = outputs(planes) / 2;
        return new AdditiveCoupling(
                branch(factory, half, planes / 2, 1, activated), branch(factory, half, planes / 2, 1, activated));
    }

    /** One tensor enters and leaves: halves are made and joined by moves, so that the next norm reads what is kept anyway. */
    private Module body(List<Coupling> units) {
        List<Coupling> couplings = new ArrayList<>();
        couplings.add(Coupling.of(List.of("x"), Move.split("x", "x1", "x2")));
        couplings.addAll(units);
        couplings.add(Coupling.of(List.of("x1", "x2"), Move.join("x1", "x2", "x")));
        return kind == Kind.REVERSED ? new ReversibleSequence(couplings) : new Sequential(couplings);
    }

    private Module branch(ParameterFactory factory, int inputs, int planes, int stride, boolean activated) {
        List<Module> layers = new ArrayList<>();
        if (activated) {
            layers.add(BatchNorm.withRelu(factory, inputs));
        }
        if (bottleneck) {
            layers.add(convolution(factory, inputs, planes, 1, 1));
            layers.add(BatchNorm.withRelu(factory, planes));
            layers.add(convolution(factory, planes, planes, 3, stride));
            layers.add(BatchNorm.withRelu(factory, planes));
            layers.add(convolution(factory, planes, EXPANSION * planes, 1, 1));
        } else {
            layers.add(convolution(factory, inputs, planes, 3, stride));
            layers.add(BatchNorm.withRelu(factory, planes));
            layers.add(convolution(factory, planes, planes, 3, 1));
        }
        return new Sequential(layers);
    }

    private static Conv2d convolution(ParameterFactory factory, int inputs, int outputs, int kernel, int stride) {
        return new Conv2d(factory, inputs, outputs, Window.square(kernel, stride, kernel / 2), false);
    }
}
