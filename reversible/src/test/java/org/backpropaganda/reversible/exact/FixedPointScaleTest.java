package org.backpropaganda.reversible.exact;

import java.util.stream.Stream;
import org.backpropaganda.autograd.tensor.DType;
import org.backpropaganda.autograd.testkit.Input;
import org.backpropaganda.autograd.testkit.OpCase;
import org.backpropaganda.autograd.testkit.OpContract;
import org.backpropaganda.autograd.testkit.Refusal;

class FixedPointScaleTest extends OpContract {
    private static final FixedPoint FINE = new FixedPoint(20, 44);

    @Override
    protected Stream<OpCase> cases() {
        return Stream.of(
                OpCase.of(new FixedPointScale(FINE, 1 << 15), Input.in(7)),
                OpCase.of(new FixedPointScale(FINE, 60_000), Input.in(3, 700)));
    }

    @Override
    protected Stream<Refusal> refusals() {
        return Stream.of(Refusal.of(new FixedPointScale(FINE, 1 << 15), Refusal.spec(DType.INT, 2)));
    }

    @Override
    protected boolean stopsAtNan() {
        return true;
    }
}
