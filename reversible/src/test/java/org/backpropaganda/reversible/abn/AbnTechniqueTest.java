package org.backpropaganda.reversible.abn;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Map;
import org.backpropaganda.autograd.nn.BatchNorm;
import org.backpropaganda.autograd.nn.LeakyRelu;
import org.backpropaganda.autograd.nn.ParameterFactory;
import org.backpropaganda.autograd.technique.Pair;
import org.backpropaganda.autograd.technique.TechniqueSettings;
import org.backpropaganda.autograd.tensor.DType;
import org.backpropaganda.autograd.tensor.Engine;
import org.backpropaganda.autograd.tensor.TensorScope;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class AbnTechniqueTest {
    private final Engine engine = Engine.withoutMemory();
    private final TensorScope root = engine.scope("");
    private final ParameterFactory factory = new ParameterFactory(root, DType.FLOAT, 1);
    private final TechniqueSettings settings = new TechniqueSettings(factory, Map.of());
    private final AbnTechnique technique = new AbnTechnique();

    @AfterEach
    void close() {
        engine.close();
    }

    private Pair pair(double slope) {
        return new Pair(
                new BatchNorm(factory, 4), new Pair.NamedActivation("act", new LeakyRelu(slope)), module -> module);
    }

    @Test
    void leakyReluIsFused() {
        assertThat(technique.refusal(pair(0.1), settings)).isEmpty();
        assertThat(technique.arrange(pair(0.1), settings).build()).isInstanceOf(InPlaceAbn.class);
    }

    @Test
    void reluIsRefused() {
        assertThat(technique.refusal(pair(0), settings))
                .hasValue("it needs leaky ReLU: what ReLU has set to zero cannot be reconstructed");
        Pair one = new Pair(
                BatchNorm.withRelu(factory, 4), new Pair.NamedActivation("act", new LeakyRelu(0)), module -> module);
        assertThat(technique.refusal(one, settings))
                .hasValue("it needs leaky ReLU: what ReLU has set to zero cannot be reconstructed");
    }

    @ParameterizedTest
    @ValueSource(doubles = {-0.1, 1.5, Double.NaN})
    void aSlopeThatCannotBeUndoneIsRefused(double slope) {
        assertThat(technique.refusal(pair(slope), settings))
                .hasValue("the slope " + slope + " of a leaky ReLU in it is not within (0, 1], as in-place norms need");
    }
}
