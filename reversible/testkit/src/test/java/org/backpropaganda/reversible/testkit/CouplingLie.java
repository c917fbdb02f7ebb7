package org.backpropaganda.reversible.testkit;

/** How {@link LyingCoupling} departs from an honest one, with the law that must notice and what it must say. */
enum CouplingLie {
    NONE("", ""),
    INVERTS_WITH_ANOTHER_SIGN("inverseUndoesForward", "stream 0"),
    FORGETS_A_FUNCTION_IN_INVERSE("forwardUndoesInverse", "stream 0"),
    TAKES_AWAY_LESS_IN_INVERSE("gradientsAreThoseOfTheStoringModel", "gradient of"),
    DETACHES_A_FUNCTION("gradientsAreThoseOfFiniteDifferences", "gradient"),
    MOVES_STATISTICS_IN_REVERSE("outputsAndStatisticsAreThoseOfTheStoringModel", "buffer"),
    DRAWS_WITHOUT_THE_KEY("stepsRepeatBitForBit", "gradient of"),
    HOLDS_AN_ACTIVATION("savesItsStreamsAndTheBitsItLoses", "saved bytes"),
    KEEPS_MORE_THAN_IT_SAYS("savesItsStreamsAndTheBitsItLoses", "saved bytes"),
    CLAIMS_TO_BE_EXACT("exactCouplingsEqualTheStoringModelToTheBit", "gradient of"),
    ROUNDS_IN_INVERSE("inverseUndoesForward", "to the bit"),
    COMPUTES_ANOTHER_THING_ON_SHAPES("shapesPredictItsBytes", "savedBytes"),
    EVALUATES_ONCE_MORE("functionsRunAsOftenAsIsSaid", "evaluations"),
    MIXES_UP_ITS_CALLS("addsUpOverTwoCalls", "gradient of");

    private final String law;
    private final String says;

    CouplingLie(String law, String says) {
        this.law = law;
        this.says = says;
    }

    /** The law that is broken. */
    String law() {
        return law;
    }

    /** Part of the message. */
    String says() {
        return says;
    }
}
