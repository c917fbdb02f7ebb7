package org.backpropaganda.autograd.technique;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.ArrayList;
import java.util.List;
import org.backpropaganda.autograd.nn.BatchNorm;
import org.backpropaganda.autograd.nn.LeakyRelu;
import org.backpropaganda.autograd.nn.Linear;
import org.backpropaganda.autograd.nn.Module;
import org.backpropaganda.autograd.nn.ParameterFactory;
import org.backpropaganda.autograd.nn.Residual;
import org.backpropaganda.autograd.nn.Sequential;
import org.backpropaganda.autograd.tensor.DType;
import org.backpropaganda.autograd.tensor.Engine;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** The structure of a model of two residual blocks, arranged and not. */
class PartTest {
    private final Engine engine = Engine.withoutMemory();
    private final ParameterFactory factory = new ParameterFactory(engine.scope(""), DType.FLOAT, 1);

    @AfterEach
    void close() {
        engine.close();
    }

    private Part block() {
        Chain body =
                Chain.empty().with("linear", new Linear(factory, 4, 4, false)).with(pair(0.01));
        return new Composite(List.of(body), parts -> new Residual(parts.get(0)));
    }

    private Chain.Link pair(double slope) {
        BatchNorm norm = slope == 0 ? BatchNorm.withRelu(factory, 4) : new BatchNorm(factory, 4);
        return new Chain.Link(
                "norm", new Pair(norm, new Pair.NamedActivation("act", new LeakyRelu(slope)), layer -> layer));
    }

    private Chain model() {
        return Chain.empty()
                .with("blocks", new Run(List.of(block(), block()), null))
                .with("head", new Linear(factory, 4, 2, true));
    }

    @Test
    void namesAreThoseOfTheChainAndItsRuns() {
        assertThat(model().build().parameters().keySet())
                .containsExactly(
                        "blocks.0.body.linear.weight",
                        "blocks.0.body.norm.weight",
                        "blocks.0.body.norm.bias",
                        "blocks.1.body.linear.weight",
                        "blocks.1.body.norm.weight",
                        "blocks.1.body.norm.bias",
                        "head.weight",
                        "head.bias");
    }

    @Test
    void everyBuildSharesTheLayersAndMakesTheirJointsAnew() {
        Chain model = model();
        Module one = model.build();
        Module other = model.build();
        assertThat(other).isNotSameAs(one);
        assertThat(other.parameterList()).containsExactlyElementsOf(one.parameterList());
    }

    @Test
    void aPairIsTwoLinksAndOneOnceFused() {
        Chain chain = Chain.empty().with(pair(0.01));
        assertThat(chain.build().children().keySet()).containsExactly("norm", "act");
        Part fused = chain.map(part -> part instanceof Pair pair ? pair.fused(new Linear(factory, 4, 4, true)) : part);
        assertThat(fused.build().children().keySet()).containsExactly("norm");
        assertThat(fused.all(Pair.class)).isEmpty();
        assertThat(chain.all(Pair.class)).hasSize(1);
        assertThat(Chain.empty().with(pair(0)).build().children().keySet()).containsExactly("norm");
    }

    @Test
    void aRunIsExecutedByWhatWasSaidLast() {
        Run run = model().all(Run.class).get(0);
        assertThat(run.isPlain()).isTrue();
        assertThat(run.build()).isInstanceOf(Sequential.class);
        Run inside = run.executed(blocks -> new Residual(new Sequential(blocks)));
        Run outside = inside.executed(blocks -> new Sequential(inside.execute(blocks), new LeakyRelu(0.5)));
        assertThat(outside.isPlain()).isFalse();
        Sequential built = (Sequential) outside.build();
        assertThat(built.links().get(0)).isInstanceOf(Residual.class);
        assertThat(outside.part(1, 2).blocks()).containsExactly(run.blocks().get(1));
        assertThat(outside.part(1, 2).build()).isInstanceOf(Sequential.class);
    }

    @Test
    void theInnermostChangesFirst() {
        List<Class<?>> seen = new ArrayList<>();
        model().map(part -> {
            seen.add(part.getClass());
            return part;
        });
        assertThat(seen)
                .containsExactly(
                        Layer.class,
                        Pair.class,
                        Chain.class,
                        Composite.class,
                        Layer.class,
                        Pair.class,
                        Chain.class,
                        Composite.class,
                        Run.class,
                        Layer.class,
                        Chain.class);
    }

    @Test
    void whatCannotBeBuiltIsNamed() {
        Chain twice = Chain.empty().with("head", new LeakyRelu(1)).with("head", new LeakyRelu(1));
        assertThatThrownBy(twice::build).hasMessage("chain: two links are named head; give them different names");
        assertThatThrownBy(() -> new Run(List.of(), null))
                .hasMessage("run: 0 blocks of 1 streams; give at least one of either");
    }
}
