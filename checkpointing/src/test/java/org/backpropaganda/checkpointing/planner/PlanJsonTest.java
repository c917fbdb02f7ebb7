package org.backpropaganda.checkpointing.planner;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import org.backpropaganda.autograd.nn.Module;
import org.backpropaganda.autograd.nn.ParameterFactory;
import org.backpropaganda.autograd.optim.Sgd;
import org.backpropaganda.autograd.tensor.DType;
import org.backpropaganda.autograd.tensor.Engine;
import org.backpropaganda.autograd.tensor.TensorScope;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Plans that are kept as JSON. */
class PlanJsonTest {
    private final Engine engine = Engine.builder().threads(1).build();
    private final TensorScope scope = engine.scope("");

    @AfterEach
    void close() {
        engine.close();
    }

    private Module made(String name) {
        return UserModel.named(name).make().apply(new ParameterFactory(scope, DType.FLOAT, 3));
    }

    private Plan leanest(String name) {
        Planner planner = Planner.of(
                Structure.of(made(name)),
                UserModel.named(name)
                        .outline((parameters, owner) -> Sgd.builder(0.1).build(parameters, owner), false));
        return planner.budgetBytes(planner.leastBytes()).fastest();
    }

    @Test
    void whatIsReadIsWhatWasWritten() {
        for (String name : new String[] {"chain", "convolutions", "skips"}) {
            Plan plan = leanest(name);
            Plan read = Plan.fromJson(plan.toJson());
            assertThat(read.toJson()).isEqualTo(plan.toJson());
            assertThat(read).hasToString(plan.toString());
            assertThat(read.predictedPeakBytes()).isEqualTo(plan.predictedPeakBytes());
            assertThat(read.changesFrom(plan)).isEmpty();
            UserModel model = UserModel.named(name);
            RealSteps real = RealSteps.run(
                    model,
                    model.outline((parameters, owner) -> Sgd.builder(0.1).build(parameters, owner), false),
                    read,
                    read.predictedPeakBytes());
            assertThat(real.peakBytes()).isEqualTo(read.predictedPeakBytes());
        }
    }

    @Test
    void changesAreToldBlockByBlock() {
        Plan lean = leanest("chain");
        Plan other = leanest("skips");
        assertThat(lean.changesFrom(other)).isNotEmpty().allMatch(line -> line.contains(" → "));
    }

    @Test
    void anotherModelIsRefusedByItsFirstBlockThatDiffers() {
        Plan plan = leanest("chain");
        assertThatThrownBy(() -> plan.applyTo(made("convolutions"), scope))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessage("plan: block 0 of the model is 0, and the plan has 0.0; plan this model");
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', quoteCharacter = '`', textBlock = """
            12 potatoes | it is no JSON
            [] | "blocks" is no array
            {"blocks": [1]} | "a block" is no text
            {"blocks": ["a"]} | "plan" is no array
            {"blocks": ["a"], "plan": []} | its steps end behind 0 of 1 blocks
            {"blocks": ["a"], "plan": [{"save": 1, "option": "store"}]} | block 1 is not one of 1
            {"blocks": ["a"], "plan": [{"save": 0.5, "option": "store"}]} | "save" is no whole number
            {"blocks": ["a"], "plan": [{"save": 4294967296, "option": "store"}]} | block 4294967296 is not one of 1
            {"blocks": ["a"], "plan": [{"replay": [0, 1], "plan": []}]} | the steps of the replay of 0 to 1 do not end
            {"blocks": ["a"], "plan": [{"replay": [0], "plan": []}]} | "replay" is no pair of block numbers
            {"blocks": ["a"], "plan": [{"reverse": [0, 2]}]} | its steps end behind 2 of 1 blocks
            {"blocks": ["a"], "plan": [{"save": 0, "option": "sorcery"}], "rows": []} | there is no technique 'sorcery'
            {"blocks": ["a"], "technique": "sorcery", "plan": [], "rows": []} | there is no technique 'sorcery'
            """)
    void whatIsNoPlanIsRefused(String text, String reason) {
        assertThatThrownBy(() -> Plan.fromJson(text))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining(reason);
    }
}
