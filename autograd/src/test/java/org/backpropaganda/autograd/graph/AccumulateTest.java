package org.backpropaganda.autograd.graph;

import static org.backpropaganda.autograd.testkit.Input.in;
import static org.backpropaganda.autograd.testkit.Refusal.spec;

import java.util.stream.Stream;
import org.backpropaganda.autograd.testkit.OpCase;
import org.backpropaganda.autograd.testkit.OpContract;
import org.backpropaganda.autograd.testkit.Refusal;

class AccumulateTest extends OpContract {

    @Override
    protected Stream<OpCase> cases() {
        return Stream.of(
                OpCase.of(new Accumulate(), in(), in()), OpCase.of(new Accumulate(), in(3, 1, 5), in(3, 1, 5)));
    }

    @Override
    protected Stream<Refusal> refusals() {
        return Stream.of(Refusal.of(new Accumulate(), spec(2), spec(3)));
    }
}
