package org.backpropaganda.checkpointing.planner;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import java.util.Set;
import org.backpropaganda.autograd.technique.BlockOption;
import org.backpropaganda.checkpointing.plan.PlannedBlock;
import org.backpropaganda.checkpointing.recompute.CheapTechnique;
import org.junit.jupiter.api.Test;

/** Prices of ways as searches see them. */
class PricedTest {
    private static final Way CHEAP = new Way(List.of(new CheapTechnique()));

    private static Priced.Offer offer(Way way, long time, long saved, boolean leasesInput) {
        return new Priced.Offer(way, new BlockOption(way.name(), time, 2 * time, saved, leasesInput, false, 3, -4));
    }

    private static Priced.Block block(String name, Priced.Offer... offers) {
        return new Priced.Block(name, List.of(offers), new PlannedBlock.Replay(1, 0), null, null, 7);
    }

    /** One that is priced without its input holds it, as storing does; where storing does not, nothing changes. */
    @Test
    void withCautionAWayHoldsTheInputThatStoringHolds() {
        Priced priced = new Priced(
                List.of(8L, 8L, 8L),
                List.of(
                        block("reads", offer(Way.STORE, 5, 20, true), offer(CHEAP, 6, 10, false)),
                        block("forgets", offer(Way.STORE, 5, 20, false), offer(CHEAP, 6, 10, false))),
                9,
                (from, to) -> true);
        Priced cautious = new Priced(
                List.of(8L, 8L, 8L),
                List.of(
                        block("reads", offer(Way.STORE, 5, 20, true), offer(CHEAP, 6, 10, true)),
                        block("forgets", offer(Way.STORE, 5, 20, false), offer(CHEAP, 6, 10, false))),
                9,
                priced.rule());
        assertThat(priced.cautious()).isEqualTo(cautious);
        assertThat(cautious.cautious()).isEqualTo(cautious);
        assertThat(priced.cautious().without(Set.of()).numbers()).containsOnly(List.of(0, 1));
    }
}
