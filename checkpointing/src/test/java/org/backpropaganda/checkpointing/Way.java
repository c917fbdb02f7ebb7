package org.backpropaganda.checkpointing;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.backpropaganda.autograd.nn.Module;
import org.backpropaganda.autograd.nn.Sequential;
import org.backpropaganda.checkpointing.schedule.Mixed;
import org.backpropaganda.checkpointing.schedule.Multistage;
import org.backpropaganda.checkpointing.schedule.Revolve;

/** A way to compute blocks that follow one another again in backward: what the corner cases hold for. */
enum Way {
    /** Each block for itself. */
    EACH {
        @Override
        Module arrange(List<Module> blocks) {
            return new Sequential(each(blocks));
        }
    },
    /** All of them at once. */
    WHOLE {
        @Override
        Module arrange(List<Module> blocks) {
            return Checkpoint.checkpoint(new Sequential(blocks));
        }
    },
    /** A checkpoint inside a checkpoint inside a checkpoint. */
    THRICE {
        @Override
        Module arrange(List<Module> blocks) {
            Module within = Checkpoint.checkpoint(new Sequential(each(blocks)));
            return Checkpoint.checkpoint(new Sequential(Map.of("", within)));
        }
    },
    /** In segments of one, and one behind them that is kept. */
    SEGMENTS {
        @Override
        Module arrange(List<Module> blocks) {
            List<Module> links = before(blocks);
            return new CheckpointedSequence(links, links.size());
        }
    },
    /** In two segments, of which the second is kept, inside a checkpoint. */
    SEGMENTS_WITHIN {
        @Override
        Module arrange(List<Module> blocks) {
            return Checkpoint.checkpoint(new CheckpointedSequence(before(blocks), 2));
        }
    },
    /** As the binomial schedule of one slot says: each step from the first state. */
    REVOLVE {
        @Override
        Module arrange(List<Module> blocks) {
            List<Module> links = before(blocks);
            return new CheckpointedSequence(links, new Revolve(links.size(), 1));
        }
    },
    /** A state, or what a step saves, in one slot. */
    MIXED {
        @Override
        Module arrange(List<Module> blocks) {
            List<Module> links = before(blocks);
            return new CheckpointedSequence(links, new Mixed(links.size(), 1));
        }
    },
    /** One state in memory, one put away as into a file. */
    MULTISTAGE {
        @Override
        Module arrange(List<Module> blocks) {
            List<Module> links = before(blocks);
            return new CheckpointedSequence(links, new Multistage(links.size(), 1, 1), new CountingCodec());
        }
    },
    /** The binomial schedule inside a checkpoint. */
    REVOLVE_WITHIN {
        @Override
        Module arrange(List<Module> blocks) {
            return Checkpoint.checkpoint(REVOLVE.arrange(blocks));
        }
    };

    /** The blocks in order, under the names 0, 1, … */
    abstract Module arrange(List<Module> blocks);

    private static List<Module> each(List<Module> blocks) {
        List<Module> each = new ArrayList<>();
        blocks.forEach(block -> each.add(Checkpoint.checkpoint(block)));
        return each;
    }

    /** With a link behind them that does nothing. */
    private static List<Module> before(List<Module> blocks) {
        List<Module> links = new ArrayList<>(blocks);
        links.add(new Block(x -> x));
        return links;
    }
}
