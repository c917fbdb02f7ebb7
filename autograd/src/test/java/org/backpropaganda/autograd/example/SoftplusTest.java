package org.backpropaganda.autograd.example;

import static org.backpropaganda.autograd.testkit.Input.in;
import static org.backpropaganda.autograd.testkit.Refusal.spec;

import java.util.stream.Stream;
import org.backpropaganda.autograd.testkit.OpCase;
import org.backpropaganda.autograd.testkit.OpContract;
import org.backpropaganda.autograd.testkit.Refusal;

class SoftplusTest extends OpContract {
    @Override
    protected Stream<OpCase> cases() {
        return Stream.of(
                OpCase.of(new Softplus(), in()),
                OpCase.of(new Softplus(), in(2, 3, 5)),
                OpCase.of(new Softplus(), in(8).within(-30, 30)).named("saturated"));
    }

    @Override
    protected Stream<Refusal> refusals() {
        return Stream.of(Refusal.of(new Softplus(), spec(2), spec(2)));
    }
}
