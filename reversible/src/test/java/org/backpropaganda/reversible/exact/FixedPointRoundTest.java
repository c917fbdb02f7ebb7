package org.backpropaganda.reversible.exact;

import java.util.stream.Stream;
import org.backpropaganda.autograd.tensor.DType;
import org.backpropaganda.autograd.testkit.Input;
import org.backpropaganda.autograd.testkit.OpCase;
import org.backpropaganda.autograd.testkit.OpContract;
import org.backpropaganda.autograd.testkit.Refusal;

class FixedPointRoundTest extends OpContract {
    private static final FixedPoint FINE = new FixedPoint(20, 44);

    @Override
    protected Stream<OpCase> cases() {
        return Stream.of(
                OpCase.of(new FixedPointRound(FINE), Input.in(7)),
                OpCase.of(new FixedPointRound(FINE), Input.in(3, 700)));
    }

    @Override
    protected Stream<Refusal> refusals() {
        return Stream.of(Refusal.of(new FixedPointRound(FINE), Refusal.spec(DType.INT, 2)));
    }

    @Override
    protected boolean stopsAtNan() {
        return true;
    }
}
