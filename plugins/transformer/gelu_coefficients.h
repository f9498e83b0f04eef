/* Made by gelu_fit.py: largest error of Phi on |x| <= 5.6 is 9.3e-09. Highest power first. */
#define GELU_REACH 5.6f
#define GELU_P 6
#define GELU_Q 6
static const float gelu_p[] = {2.214497253e-08f, 6.356515637e-06f, 1.738526052e-04f,
                               4.707270642e-03f, 3.437632196e-02f, 3.989422216e-01f};
static const float gelu_q[] = {1.180200769e-06f, 7.510236620e-05f, 1.912989051e-03f,
                               2.894020566e-02f, 2.528343737e-01f, 1.000000000e+00f};
