package org.backpropaganda.checkpointing.recompute;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

/** h_DTR-eq on numbers. */
class EvictionValueTest {
    private static EvictionValue value(long number, long bytes, long cost) {
        return new EvictionValue(number, bytes, cost, 0);
    }

    private static List<EvictionValue> chain(int length) {
        List<EvictionValue> chain = new ArrayList<>();
        for (int i = 0; i < length; i++) {
            EvictionValue next = value(i, 1, 1L << i);
            if (i > 0) {
                next.comesFrom(chain.get(i - 1));
            }
            chain.add(next);
        }
        return chain;
    }

    @Test
    void theScoreIsCostOverBytesTimesStaleness() {
        assertThat(EvictionValue.score(6, 4, 5, 8)).isEqualTo(0.25);
        EvictionValue value = value(0, 5, 10);
        value.access(3);
        assertThat(value.score(10)).isEqualTo(10.0 / (5 * 8));
    }

    @Test
    void theCheapestGoesFirstAndTheLargestAndTheStalest() {
        EvictionValue base = value(1, 10, 10);
        assertThat(value(2, 10, 9).goesBefore(base, 4)).as("cheaper").isTrue();
        assertThat(value(2, 11, 10).goesBefore(base, 4)).as("larger").isTrue();
        EvictionValue fresh = value(0, 10, 10);
        fresh.access(1);
        assertThat(base.goesBefore(fresh, 4)).as("staler").isTrue();
        assertThat(base.goesBefore(value(2, 10, 10), 4)).as("older").isTrue();
        assertThat(value(2, 10, 10).goesBefore(base, 4)).isFalse();
    }

    /** Costs 1, 2, 4, 8, 16 along a chain, so that a sum says whose they are. */
    @Test
    void evictedNeighborsCountWithAllThatHangsTogetherWithThem() {
        List<EvictionValue> chain = chain(5);
        assertThat(chain.get(2).score(0)).isEqualTo(4);
        chain.get(1).evict();
        assertThat(chain.get(2).score(0)).isEqualTo(4 + 2);
        assertThat(chain.get(0).score(0)).isEqualTo(1 + 2);
        assertThat(chain.get(4).score(0)).as("not beside it").isEqualTo(16);
        chain.get(0).evict();
        assertThat(chain.get(2).score(0)).isEqualTo(4 + 2 + 1);
        chain.get(3).evict();
        assertThat(chain.get(2).score(0)).as("on both sides").isEqualTo(4 + 2 + 1 + 8);
        chain.get(2).evict();
        assertThat(chain.get(4).score(0)).as("one component").isEqualTo(16 + 8 + 4 + 2 + 1);
    }

    @Test
    void aComponentFallsApartWhereOneComesBack() {
        List<EvictionValue> chain = chain(5);
        chain.subList(0, 4).forEach(EvictionValue::evict);
        chain.get(1).comeBack();
        assertThat(chain.get(1).isEvicted()).isFalse();
        assertThat(chain.get(4).score(0)).isEqualTo(16 + 8 + 4);
        assertThat(chain.get(1).score(0)).isEqualTo(2 + 1 + 8 + 4);
        chain.get(3).comeBack();
        assertThat(chain.get(4).score(0)).isEqualTo(16);
        chain.get(2).comeBack();
        chain.get(0).comeBack();
        assertThat(chain.get(2).score(0)).isEqualTo(4);
    }

    /** A diamond: two ways from the first to the last, one component that counts once. */
    @Test
    void aComponentCountsOnceHoweverManyNeighborsAreInIt() {
        EvictionValue first = value(0, 1, 1);
        EvictionValue left = value(1, 1, 2);
        EvictionValue right = value(2, 1, 4);
        EvictionValue last = value(3, 1, 8);
        left.comesFrom(first);
        right.comesFrom(first);
        last.comesFrom(left);
        last.comesFrom(right);
        left.evict();
        right.evict();
        assertThat(last.score(0)).as("two components").isEqualTo(8 + 2 + 4);
        first.evict();
        assertThat(last.score(0)).as("one").isEqualTo(8 + 2 + 4 + 1);
        left.comeBack();
        assertThat(last.score(0)).isEqualTo(8 + 4 + 1);
    }

    @Test
    void whatEndsConnectsNothing() {
        List<EvictionValue> chain = chain(5);
        chain.subList(1, 4).forEach(EvictionValue::evict);
        chain.get(2).end();
        assertThat(chain.get(0).score(0)).isEqualTo(1 + 2);
        assertThat(chain.get(4).score(0)).isEqualTo(16 + 8);
    }
}
