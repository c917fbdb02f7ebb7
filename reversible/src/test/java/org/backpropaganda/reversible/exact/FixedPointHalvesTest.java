package org.backpropaganda.reversible.exact;

import java.util.stream.Stream;
import org.backpropaganda.autograd.testkit.Input;
import org.backpropaganda.autograd.testkit.OpCase;
import org.backpropaganda.autograd.testkit.OpContract;
import org.backpropaganda.autograd.testkit.Refusal;

class FixedPointHalvesTest extends OpContract {
    private static final FixedPoint FINE = new FixedPoint(20, 44);

    @Override
    protected Stream<OpCase> cases() {
        return Stream.of(
                OpCase.of(new FixedPointHalves(FINE, 3), Input.in(7)),
                OpCase.of(new FixedPointHalves(FINE, 4), Input.in(3, 700)));
    }

    @Override
    protected Stream<Refusal> refusals() {
        return Stream.of(Refusal.of(new FixedPointHalves(FINE, 3), Refusal.spec()));
    }

    @Override
    protected boolean stopsAtNan() {
        return true;
    }
}
