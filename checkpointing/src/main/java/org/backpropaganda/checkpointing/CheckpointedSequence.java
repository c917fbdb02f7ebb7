package org.backpropaganda.checkpointing;

import java.util.ArrayList;
import java.util.List;
import org.backpropaganda.autograd.graph.Liveness;
import org.backpropaganda.autograd.graph.Parameter;
import org.backpropaganda.autograd.graph.Tape;
import org.backpropaganda.autograd.graph.Variable;
import org.backpropaganda.autograd.nn.Module;
import org.backpropaganda.autograd.nn.Sequential;

/**
 * Modules one after another, in consecutive segments that keep only their inputs. The last segment is kept whole, since
 * backward would compute it again at once. With √n segments of √n modules, both what is kept and what is computed again
 * at a time grow with √n, and no module runs forward more than twice.
 *
 * <p>Source: Chen et al. 2016, "Training Deep Nets with Sublinear Memory Cost", § 4.1.
 */
public final class CheckpointedSequence extends Module {
    private final List<Module> links;
    private final int segments;

    /** ⌈√n⌉ segments. */
    public CheckpointedSequence(List<? extends Module> links) {
        this(links, (int) Math.ceil(Math.sqrt(links.size())));
    }

    /**
     * A given number of segments, of sizes that differ by one at most.
     *
     * @param segments between 1 and the number of links
     */
    public CheckpointedSequence(List<? extends Module> links, int segments) {
        if (links.isEmpty() || segments < 1 || segments > links.size()) {
            throw new IllegalArgumentException("checkpointed sequence: " + segments + " segments of " + links.size()
                    + " links; give between 1 and the number of links");
        }
        this.links = List.copyOf(links);
        this.segments = segments;
        for (int i = 0; i < links.size(); i++) {
            register(Integer.toString(i), links.get(i));
        }
    }

    /** The first link of a segment; of the one after the last, the number of links. */
    public int start(int segment) {
        int size = links.size() / segments;
        int larger = links.size() % segments;
        return segment * size + Math.min(segment, larger);
    }

    @Override
    protected List<Variable> forward(List<Variable> inputs) {
        Tape tape = inputs.get(0).tape();
        List<Variable> current = inputs;
        for (int s = 0; s < segments; s++) {
            List<Module> part = links.subList(start(s), start(s + 1));
            boolean keep = s == segments - 1 || !tape.isRecording();
            List<Variable> next = keep
                    ? Sequential.chain(part, current)
                    : tape.apply(new CheckpointSegment(x -> Sequential.chain(part, x), parametersOf(part)), current);
            Liveness.letGo(current, inputs, next);
            current = next;
        }
        return current;
    }

    private static List<Parameter> parametersOf(List<Module> part) {
        List<Parameter> all = new ArrayList<>();
        part.forEach(link -> all.addAll(link.trainedParameters()));
        return all;
    }
}
