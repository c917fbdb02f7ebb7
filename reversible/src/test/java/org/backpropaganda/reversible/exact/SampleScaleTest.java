package org.backpropaganda.reversible.exact;

import java.util.stream.Stream;
import org.backpropaganda.autograd.testkit.Input;
import org.backpropaganda.autograd.testkit.OpCase;
import org.backpropaganda.autograd.testkit.OpContract;
import org.backpropaganda.autograd.testkit.Refusal;

class SampleScaleTest extends OpContract {
    @Override
    protected Stream<OpCase> cases() {
        return Stream.of(
                OpCase.of(new SampleScale(3, 0, 1), Input.in(7)),
                OpCase.of(new SampleScale(4, 1, -1), Input.in(3, 700)));
    }

    @Override
    protected Stream<Refusal> refusals() {
        return Stream.of(Refusal.of(new SampleScale(3, 1, 1), Refusal.spec()));
    }
}
