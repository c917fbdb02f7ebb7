package org.backpropaganda.autograd.op;

import static org.backpropaganda.autograd.testkit.Input.in;

import net.jqwik.api.Arbitrary;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;
import net.jqwik.api.constraints.LongRange;
import org.backpropaganda.autograd.graph.Op;
import org.backpropaganda.autograd.testkit.FloatAgainstDouble;
import org.backpropaganda.autograd.testkit.Input;
import org.backpropaganda.autograd.testkit.OpCase;
import org.backpropaganda.autograd.testkit.TensorArbitraries;

/** The binary ops on every pair of shapes that broadcasts, in both types. */
class BroadcastingProperties {
    @Provide
    Arbitrary<TensorArbitraries.Pair> pairs() {
        return TensorArbitraries.broadcastable(4, 5);
    }

    @Property(tries = 60)
    void add(@ForAll("pairs") TensorArbitraries.Pair pair, @ForAll @LongRange(min = 0, max = 999) long seed) {
        check(new Add(), pair, seed);
    }

    @Property(tries = 60)
    void subtract(@ForAll("pairs") TensorArbitraries.Pair pair, @ForAll @LongRange(min = 0, max = 999) long seed) {
        check(new Subtract(), pair, seed);
    }

    @Property(tries = 60)
    void multiply(@ForAll("pairs") TensorArbitraries.Pair pair, @ForAll @LongRange(min = 0, max = 999) long seed) {
        check(new Multiply(), pair, seed);
    }

    @Property(tries = 60)
    void divide(@ForAll("pairs") TensorArbitraries.Pair pair, @ForAll @LongRange(min = 0, max = 999) long seed) {
        check(new Divide(), pair, seed);
    }

    @Property(tries = 60)
    void maximum(@ForAll("pairs") TensorArbitraries.Pair pair, @ForAll @LongRange(min = 0, max = 999) long seed) {
        check(new Maximum(), pair, seed);
    }

    @Property(tries = 60)
    void minimum(@ForAll("pairs") TensorArbitraries.Pair pair, @ForAll @LongRange(min = 0, max = 999) long seed) {
        check(new Minimum(), pair, seed);
    }

    private static void check(Op op, TensorArbitraries.Pair pair, long seed) {
        Input b = in(pair.b()).mapped(x -> x < 0 ? x - 0.5 : x + 0.5);
        FloatAgainstDouble.check(OpCase.of(op, in(pair.a()), b), seed, 1e-5);
    }
}
