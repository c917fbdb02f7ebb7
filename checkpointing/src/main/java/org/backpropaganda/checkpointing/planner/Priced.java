package org.backpropaganda.checkpointing.planner;

import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import org.backpropaganda.autograd.technique.BlockOption;
import org.backpropaganda.autograd.technique.Technique;
import org.backpropaganda.checkpointing.plan.BlockChain;
import org.backpropaganda.checkpointing.plan.PlannedBlock;
import org.backpropaganda.checkpointing.plan.SegmentRule;
import org.jspecify.annotations.Nullable;

/**
 * A model as numbers: what every way to execute every block costs. Bytes are those above what is live in every arrangement.
 *
 * @param boundaries bytes of what passes, one more than there are blocks
 * @param blocks in order
 * @param floor bytes that the step takes outside of all blocks
 */
record Priced(List<Long> boundaries, List<Block> blocks, long floor, SegmentRule rule) {
    /**
     * One block.
     *
     * @param offers ways to execute it, storing first
     * @param reversing the term of the technique that would reverse it, or null
     * @param gradients bytes of its parameters' gradients that stay to the end
     */
    record Block(
            String name,
            List<Offer> offers,
            PlannedBlock.@Nullable Replay replay,
            PlannedBlock.@Nullable Reversal reversal,
            @Nullable String reversing,
            long gradients) {}

    /** A way and its figures. */
    record Offer(Way way, BlockOption option) {
        /** As it is where nothing in front of the block keeps what its input could be computed from again. */
        private Offer leasing(boolean input) {
            return new Offer(
                    way,
                    new BlockOption(
                            option.name(),
                            option.forward(),
                            option.backward(),
                            option.saved(),
                            option.leasesInput() || input,
                            option.leasesOutput(),
                            option.transientForward(),
                            option.transientBackward()));
        }

        /** Whether none of its techniques is among some. */
        private boolean isWithout(Set<String> terms) {
            return way.techniques().stream().map(Technique::term).noneMatch(terms::contains);
        }

        private boolean isNoWorseThan(Offer other) {
            BlockOption a = option;
            BlockOption b = other.option;
            return a.forward() <= b.forward()
                    && a.backward() <= b.backward()
                    && a.saved() <= b.saved()
                    && (!a.leasesInput() || b.leasesInput())
                    && (!a.leasesOutput() || b.leasesOutput())
                    && a.transientForward() <= b.transientForward()
                    && a.transientBackward() <= b.transientBackward();
        }
    }

    /** All of it as a chain, whose options are the offers. */
    BlockChain chain() {
        return chain(blocks.stream().map(Block::offers).toList(), Set.of());
    }

    /**
     * The same where every way holds its block's input that storing holds. What a way does not hold because neighbours keep
     * what the input can be computed from again, it holds where they are computed again themselves.
     */
    Priced cautious() {
        List<Block> other = new ArrayList<>();
        for (Block block : blocks) {
            boolean leases = block.offers().get(0).option().leasesInput();
            other.add(new Block(
                    block.name(),
                    block.offers().stream().map(offer -> offer.leasing(leases)).toList(),
                    block.replay(),
                    block.reversal(),
                    block.reversing(),
                    block.gradients()));
        }
        return new Priced(boundaries, List.copyOf(other), floor, rule);
    }

    /** A search that does without some techniques, by their terms: so it finds what it would if nobody had allowed them. */
    Palette without(Set<String> terms) {
        List<List<Offer>> kept = new ArrayList<>();
        List<List<Integer>> numbers = new ArrayList<>();
        for (Block block : blocks) {
            List<Offer> offers = new ArrayList<>();
            List<Integer> of = new ArrayList<>();
            for (int number = 0; number < block.offers().size(); number++) {
                Offer offer = block.offers().get(number);
                if (offer.isWithout(terms) && offers.stream().noneMatch(other -> other.isNoWorseThan(offer))) {
                    offers.add(offer);
                    of.add(number);
                }
            }
            kept.add(offers);
            numbers.add(of);
        }
        return new Palette(chain(kept, terms), numbers);
    }

    private BlockChain chain(List<List<Offer>> offers, Set<String> without) {
        List<PlannedBlock> planned = new ArrayList<>();
        for (int i = 0; i < blocks.size(); i++) {
            Block block = blocks.get(i);
            planned.add(new PlannedBlock(
                    block.name(),
                    offers.get(i).stream().map(Offer::option).toList(),
                    block.replay(),
                    block.reversing() == null || without.contains(block.reversing()) ? null : block.reversal(),
                    block.gradients()));
        }
        return new BlockChain(boundaries, planned, floor, true, rule);
    }
}
