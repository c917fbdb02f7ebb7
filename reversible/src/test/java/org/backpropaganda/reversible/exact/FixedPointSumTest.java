package org.backpropaganda.reversible.exact;

import java.util.stream.Stream;
import org.backpropaganda.autograd.testkit.Input;
import org.backpropaganda.autograd.testkit.OpCase;
import org.backpropaganda.autograd.testkit.OpContract;
import org.backpropaganda.autograd.testkit.Refusal;

class FixedPointSumTest extends OpContract {
    private static final FixedPoint FINE = new FixedPoint(20, 44);

    @Override
    protected Stream<OpCase> cases() {
        return Stream.of(
                OpCase.of(new FixedPointSum(FINE, 1), Input.in(7), Input.in(7)),
                OpCase.of(new FixedPointSum(FINE, -1), Input.in(3, 700), Input.in(3, 700)));
    }

    @Override
    protected Stream<Refusal> refusals() {
        return Stream.of(Refusal.of(new FixedPointSum(FINE, 1), Refusal.spec(2), Refusal.spec(3)));
    }

    @Override
    protected boolean stopsAtNan() {
        return true;
    }
}
